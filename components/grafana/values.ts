/** Grafana's part of the values of kube-prometheus-stack. Pure; the only secrets in them are names of Secrets. */
import type { GrafanaSettings } from "../../config/settings-grafana.ts";
import type { Settings, SmtpServer } from "../../config/settings.ts";
import { caCertificateKey, grafanaAdminSecret, grafanaOidcSecret, grafanaSmtpSecret } from "../shared/names.ts";
import type { Values } from "../shared/release.ts";
import type { Resources } from "../stack/sizing.ts";
import { dashboardFolder, folderAnnotation } from "./dashboards.ts";
import { ingressValues } from "../shared/ingress.ts";
import { grafanaIni, oidcVariable } from "./ini.ts";

export interface GrafanaValuesInput {
  readonly grafana: GrafanaSettings;
  readonly smtp?: SmtpServer;
  readonly storage: Pick<Settings["storage"], "className" | "retain">;
  readonly resources: { readonly grafana: Resources; readonly sidecar: Resources };
  /**
   * What changes whenever a secret of Grafana's process changes, and tells nothing about it; an output, as a rule.
   * Undefined leaves the annotation away.
   */
  readonly secretsVersion?: unknown;
}

/** Annotation of the pod: a new value makes a new pod, which reads its Secrets anew. */
export const secretsVersionAnnotation = "belfry.dev/secrets-version";

/** Where the pod sees the private authority of the mail server. */
const caDirectory = "/etc/belfry/mail-ca";

export function grafanaValues(input: GrafanaValuesInput): Values {
  const { grafana, smtp, storage, resources, secretsVersion } = input;
  if (!grafana.enabled) {
    return { enabled: false };
  }
  const mail = grafana.mail ? smtp : undefined;
  return {
    enabled: true,
    admin: {
      existingSecret: grafanaAdminSecret.name,
      userKey: grafanaAdminSecret.userKey,
      passwordKey: grafanaAdminSecret.passwordKey,
    },
    resources: resources.grafana,
    sidecar: {
      resources: resources.sidecar,
      dashboards: {
        folderAnnotation,
        provider: { foldersFromFilesStructure: true },
        // The folder of the dashboards that the chart itself brings.
        annotations: { [folderAnnotation]: dashboardFolder.chart },
      },
      ...(grafana.dataSources.some((source) => source.default)
        ? { datasources: { isDefaultDatasource: false } }
        : {}),
    },
    "grafana.ini": grafanaIni(grafana, smtp),
    ...(secretsVersion === undefined ? {} : { podAnnotations: { [secretsVersionAnnotation]: secretsVersion } }),
    ...(mail?.password === undefined ? {} : { smtp: smtpSecret }),
    ...(mail?.caCertificate === undefined ? {} : privateAuthority()),
    ...(grafana.oidc === undefined ? {} : { envValueFrom: oidcEnvironment }),
    ...(grafana.ingress === undefined || grafana.externalUrl === undefined
      ? {}
      : { ingress: grafanaIngress(grafana.externalUrl, grafana.ingress) }),
    ...(grafana.storage === undefined ? {} : volume(grafana.storage, storage)),
  };
}

function grafanaIngress(externalUrl: string, ingress: NonNullable<GrafanaSettings["ingress"]>): Values {
  return { ...ingressValues("grafana", externalUrl, ingress), path: "/", pathType: "Prefix" };
}

const smtpSecret = {
  existingSecret: grafanaSmtpSecret.name,
  userKey: grafanaSmtpSecret.userKey,
  passwordKey: grafanaSmtpSecret.passwordKey,
};

/** Grafana has no setting for it: Go's library looks into these directories, the image's own one first. */
function privateAuthority(): Values {
  return {
    extraSecretMounts: [
      {
        name: "mail-ca",
        secretName: grafanaSmtpSecret.name,
        mountPath: caDirectory,
        readOnly: true,
        defaultMode: 0o444,
        items: [{ key: caCertificateKey, path: caCertificateKey }],
      },
    ],
    env: { SSL_CERT_DIR: `/etc/ssl/certs:${caDirectory}` },
  };
}

const oidcEnvironment = {
  [oidcVariable]: { secretKeyRef: { name: grafanaOidcSecret.name, key: grafanaOidcSecret.key } },
};

function volume(size: string, { className, retain }: GrafanaValuesInput["storage"]): Values {
  return {
    persistence: {
      enabled: true,
      type: "pvc",
      accessModes: ["ReadWriteOnce"],
      size,
      ...(className === undefined ? {} : { storageClassName: className }),
      // The claim is part of the release: Helm would delete it, and takes a kept one over.
      ...(retain === true ? { annotations: { "helm.sh/resource-policy": "keep" } } : {}),
    },
    // A volume of one node cannot be handed to the new pod while the old one still runs: a rolling update would hang.
    deploymentStrategy: { type: "Recreate" },
    // The pod's fsGroup does it, without a container that runs as root.
    initChownData: { enabled: false },
  };
}
