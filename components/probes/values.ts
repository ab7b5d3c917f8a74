/** Values of the chart prometheus-blackbox-exporter. Pure; the only secrets in them are names of files. */
import type { ProbeLogin, ProbeSettings } from "../../config/probe-settings.ts";
import type { SecretValue } from "../../config/secret-value.ts";
import type { Profile } from "../../config/settings.ts";
import { caCertificateKey, probeSecret } from "../shared/names.ts";
import type { Values } from "../shared/release.ts";
import { sizing } from "../stack/sizing.ts";
import { moduleConfigurations, usedModules } from "./modules.ts";

export interface ProbeValuesInput {
  readonly probes: ProbeSettings;
  readonly profile: Profile;
}

/** Group that reads the mounted Secret, and may open a socket for pings. */
const group = 1000;

export function probeValues({ probes, profile }: ProbeValuesInput): Values {
  const { replicas, disruptionBudgets, resources } = sizing(profile);
  const pings = usedModules(probes).some(({ prober }) => prober === "icmp");
  return {
    replicas: replicas.blackbox,
    resources: resources.blackbox,
    ...(disruptionBudgets ? { podDisruptionBudget: { maxUnavailable: 1 } } : {}),
    config: { modules: moduleConfigurations(probes) },
    ...(Object.keys(probeSecretContent(probes)).length === 0
      ? {}
      : {
          extraSecretMounts: [
            {
              name: "logins",
              secretName: probeSecret.name,
              mountPath: probeSecret.directory,
              readOnly: true,
              // Readable by the group alone; octal 0440.
              defaultMode: 0o440,
            },
          ],
        }),
    podSecurityContext: {
      fsGroup: group,
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
      // A capability that is added does not reach a process of an ordinary user: this is what really opens the socket,
      // where the runtime does not do it by itself.
      ...(pings ? { sysctls: [{ name: "net.ipv4.ping_group_range", value: `${group} ${group}` }] } : {}),
    },
    securityContext: {
      runAsUser: 1000,
      runAsGroup: group,
      runAsNonRoot: true,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"], ...(pings ? { add: ["NET_RAW"] } : {}) },
    },
    serviceMonitor: { selfMonitor: { enabled: true, interval: "30s", scrapeTimeout: "10s" } },
  };
}

/** Content of the Secret that the exporter mounts; empty where it needs none. */
export function probeSecretContent(probes: ProbeSettings): Readonly<Record<string, SecretValue | string>> {
  return {
    ...Object.fromEntries(probes.logins.map((login) => [login.name, secretOf(login)])),
    // Public, but a Secret is what the chart mounts as files.
    ...(probes.caCertificate === undefined ? {} : { [caCertificateKey]: probes.caCertificate }),
  };
}

function secretOf(login: ProbeLogin): SecretValue {
  return login.type === "basic" ? login.password : login.token;
}
