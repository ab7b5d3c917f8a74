/** Values of the web page and its Redis. Pure; the only secrets in them are names of Secrets. */
import type { FalcoUi, UiAccess } from "../../config/settings-falco.ts";
import { falcoNames } from "../shared/names.ts";
import type { Values } from "../shared/release.ts";
import { secretStamp } from "../shared/secret-stamp.ts";
import type { FalcoSizing } from "./sizing.ts";

/**
 * Whether the claim of Redis outlives the stack, and with it Falco's namespace. On a directory of a node it need not: the
 * files stay without it, and it would hold back the volume, which goes.
 *
 * @param retain `belfry:storage.retain`
 */
export function keepsClaim(ui: Pick<FalcoUi, "storage"> | undefined, retain: boolean | undefined): boolean {
  return retain === true && ui !== undefined && ui.storage.local === undefined;
}

/** Port of the web page. */
export const uiPort = 2802;

/**
 * Stands where the chart wants a password before it looks at the Secret that has the real one. The chart puts it into
 * a Secret of its own, which is read before ours and loses against it.
 */
const passwordIsInSecret = "in-the-secret";

export function uiValues(ui: FalcoUi, size: FalcoSizing): Values {
  const { storage, access, password } = ui;
  const className = storage.local === undefined ? storage.className : falcoNames.redisVolume;
  return {
    enabled: true,
    replicaCount: size.replicas.ui,
    resources: size.ui,
    // Empty: the chart's own is admin with the password admin.
    user: "",
    existingSecret: falcoNames.uiSecret,
    ...(password === undefined ? {} : { podAnnotations: { "belfry/secrets": secretStamp([password]) } }),
    // In seconds. Without it Redis keeps everything until the disk is full.
    ttl: `${ui.keepSeconds}s`,
    ...(access?.type === "ingress" ? { ingress: ingress(access) } : {}),
    redis: {
      enabled: true,
      password: passwordIsInSecret,
      existingSecret: falcoNames.redisSecret,
      // Without a limit it grows until the node has no memory left; events have an end, so the oldest can go.
      customConfig: [`maxmemory ${size.redisMemory}`, "maxmemory-policy volatile-ttl"],
      resources: size.redis,
      storageEnabled: true,
      storageSize: storage.size,
      ...(className === undefined ? {} : { storageClass: className }),
    },
  };
}

function ingress({ host, tlsSecret, className }: Extract<UiAccess, { type: "ingress" }>): Values {
  return {
    enabled: true,
    ...(className === undefined ? {} : { ingressClassName: className }),
    hosts: [{ host, paths: [{ path: "/", pathType: "Prefix" }] }],
    tls: [{ hosts: [host], secretName: tlsSecret }],
  };
}
