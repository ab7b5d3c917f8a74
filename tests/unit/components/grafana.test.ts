import assert from "node:assert/strict";

import { parse } from "yaml";

import { dataSourceConfig } from "../../../components/grafana/data-source.ts";
import { Grafana } from "../../../components/grafana/index.ts";
import { stackValues } from "../../../components/stack/values.ts";
import { SecretValue } from "../../../config/secret-value.ts";
import type { GrafanaSettings } from "../../../config/settings-grafana.ts";
import type { Settings } from "../../../config/settings.ts";
import { chartValueKeys, unknownValueKeys } from "../../../config/upstream/value-keys.ts";
import { charts } from "../../../config/versions.ts";
import { collectResources, exampleSettings, secretPaths } from "../../harness.ts";

const oidc: NonNullable<GrafanaSettings["oidc"]> = {
  title: "SSO",
  clientId: "grafana",
  clientSecret: new SecretValue("belfry:grafanaOidcClientSecret", "canary-oidc"),
  authUrl: "https://login.example.com/authorize",
  tokenUrl: "https://login.example.com/token",
  apiUrl: "https://login.example.com/userinfo",
  scopes: ["openid", "email"],
  groupsClaim: "groups",
  allowedGroups: ["sre", "Platform Team"],
  adminGroups: ["sre"],
  editorGroups: ["leads", "dba"],
  passwordLogin: false,
};
const nginx = { className: "nginx", clusterIssuer: "letsencrypt" };
const full: Partial<Settings> = {
  grafana: {
    ...exampleSettings().grafana,
    externalUrl: "https://grafana.example.com",
    ingress: { className: "nginx", tlsSecret: "tls" },
    oidc,
    dataSources: [
      {
        name: "billing",
        type: "prometheus",
        url: "https://metrics.example.com",
        default: true,
        auth: { type: "basic", username: "u$er", password: new SecretValue("belfry:dataSourceSecret-billing", "canary-$source") },
      },
      { name: "traces", type: "tempo", url: "http://tempo.tracing.svc:3200", default: false },
    ],
  },
  prometheus: {
    externalUrl: "https://prometheus.example.com",
    ingress: { ...nginx, auth: { type: "nginx-oauth2-proxy", url: "https://login.example.com" } },
  },
  alertmanager: { externalUrl: "https://alertmanager.example.com", ingress: { ...nginx, auth: { type: "nginx-basic" } } },
};

function valuesOf(changes: Partial<Settings>): Record<string, unknown> {
  const settings = exampleSettings(changes);
  return stackValues({
    settings,
    alertmanagerConfig: { route: { receiver: "null" }, receivers: [] } as never,
    templates: {},
    alertmanagerSecrets: [],
    grafanaSecretsVersion: "version",
  });
}

function at(values: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], values);
}

describe("Grafana in the values of the stack", () => {
  it("has no key that the pinned chart does not have", async () => {
    const keys = await chartValueKeys(charts.kubePrometheusStack);
    const smtp = { ...exampleSettings().smtp, host: "smtp.example.com", port: 465, from: "a@example.com", tls: "off", caCertificate: "PEM" } as const;
    assert.deepEqual(unknownValueKeys(keys, valuesOf({ ...full, smtp })), []);
  });

  it("is configured without a secret", () => {
    assert.deepEqual(at(valuesOf(full), "grafana", "grafana.ini"), {
      "auth.anonymous": { enabled: false },
      users: { allow_sign_up: false },
      analytics: { check_for_updates: false, reporting_enabled: false },
      snapshots: { external_enabled: false },
      server: { root_url: "https://grafana.example.com/", domain: "grafana.example.com" },
      security: { cookie_secure: true },
      smtp: {
        enabled: true,
        host: "smtp.example.com:587",
        from_address: "belfry@example.com",
        from_name: "Grafana",
        startTLS_policy: "MandatoryStartTLS",
        skip_verify: false,
      },
      auth: { disable_login_form: true },
      "auth.generic_oauth": {
        enabled: true,
        name: "SSO",
        client_id: "grafana",
        client_secret: "$__env{BELFRY_OIDC_CLIENT_SECRET}",
        auth_url: "https://login.example.com/authorize",
        token_url: "https://login.example.com/token",
        api_url: "https://login.example.com/userinfo",
        scopes: "openid email",
        use_pkce: true,
        allow_sign_up: true,
        allowed_groups: ["sre", "Platform Team"],
        groups_attribute_path: "groups",
        role_attribute_path:
          "(contains(groups[*], 'sre')) && 'Admin' || " +
          "(contains(groups[*], 'leads') || contains(groups[*], 'dba')) && 'Editor' || 'Viewer'",
      },
    });
    assert.equal(JSON.stringify(valuesOf(full)).includes("canary"), false);
  });

  it("reads its secrets from Secrets, and is replaced when one changes", () => {
    const grafana = at(valuesOf(full), "grafana");
    assert.deepEqual(at(grafana, "smtp"), { existingSecret: "grafana-smtp", userKey: "user", passwordKey: "password" });
    assert.deepEqual(at(grafana, "envValueFrom"), {
      BELFRY_OIDC_CLIENT_SECRET: { secretKeyRef: { name: "grafana-oidc", key: "client-secret" } },
    });
    assert.deepEqual(at(grafana, "podAnnotations"), { "belfry.dev/secrets-version": "version" });
  });

  it("sends plain mail only where TLS is switched off by name, and trusts a private authority", () => {
    const server = { host: "::1", port: 25, from: "a@example.com", tls: "off", caCertificate: "PEM" } as const;
    const grafana = at(valuesOf({ smtp: server }), "grafana");
    assert.equal(at(grafana, "grafana.ini", "smtp", "startTLS_policy"), "NoStartTLS");
    assert.equal(at(grafana, "grafana.ini", "smtp", "host"), "[::1]:25");
    assert.equal(at(grafana, "smtp"), undefined);
    assert.deepEqual(at(grafana, "env"), { SSL_CERT_DIR: "/etc/ssl/certs:/etc/belfry/mail-ca" });
    assert.deepEqual(at(grafana, "extraSecretMounts"), [
      {
        name: "mail-ca",
        secretName: "grafana-smtp",
        mountPath: "/etc/belfry/mail-ca",
        readOnly: true,
        defaultMode: 0o444,
        items: [{ key: "ca.crt", path: "ca.crt" }],
      },
    ]);
    const without = at(valuesOf({ grafana: { ...exampleSettings().grafana, mail: false } }), "grafana");
    assert.deepEqual([at(without, "smtp"), at(without, "grafana.ini", "smtp")], [undefined, undefined]);
  });

  it("leaves the default to another data source, so that there is one", () => {
    assert.deepEqual(at(valuesOf(full), "grafana", "sidecar", "datasources"), { isDefaultDatasource: false });
    assert.equal(at(valuesOf({}), "grafana", "sidecar", "datasources"), undefined);
  });

  it("shows the stack's dashboards in a folder beside that of the chart's", () => {
    assert.deepEqual(at(valuesOf({}), "grafana", "sidecar", "dashboards"), {
      folderAnnotation: "grafana_folder",
      provider: { foldersFromFilesStructure: true },
      annotations: { grafana_folder: "Kubernetes" },
    });
  });
});

describe("external addresses in the values of the stack", () => {
  const ingress = (host: string, of: string, annotations: object) => ({
    enabled: true,
    ingressClassName: "nginx",
    annotations: { "cert-manager.io/cluster-issuer": "letsencrypt", ...annotations },
    hosts: [host],
    tls: [{ hosts: [host], secretName: `${of}-tls` }],
    paths: ["/"],
    pathType: "Prefix",
  });

  it("begin the links of Prometheus and Alertmanager, whose Ingresses ask who is there", () => {
    const values = valuesOf(full);
    assert.equal(at(values, "prometheus", "prometheusSpec", "externalUrl"), "https://prometheus.example.com");
    assert.equal(at(values, "alertmanager", "alertmanagerSpec", "externalUrl"), "https://alertmanager.example.com");
    assert.deepEqual(
      at(values, "prometheus", "ingress"),
      ingress("prometheus.example.com", "prometheus", {
        "nginx.ingress.kubernetes.io/auth-url": "https://login.example.com/oauth2/auth",
        "nginx.ingress.kubernetes.io/auth-signin": "https://login.example.com/oauth2/start?rd=$scheme://$host$escaped_request_uri",
      }),
    );
    assert.deepEqual(
      at(values, "alertmanager", "ingress"),
      ingress("alertmanager.example.com", "alertmanager", {
        "nginx.ingress.kubernetes.io/auth-type": "basic",
        "nginx.ingress.kubernetes.io/auth-secret": "ingress-users",
        "nginx.ingress.kubernetes.io/auth-realm": "Monitoring",
      }),
    );
  });

  it("are left to the chart where there are none", () => {
    const values = valuesOf({});
    assert.equal(at(values, "prometheus", "prometheusSpec", "externalUrl"), undefined);
    assert.deepEqual([at(values, "prometheus", "ingress"), at(values, "alertmanager", "ingress")], [undefined, undefined]);
  });
});

describe("the Grafana component", () => {
  const { smtp, grafana } = exampleSettings(full);
  const make = (changes: Partial<Parameters<typeof exampleSettings>[0]> = {}) => {
    const settings = exampleSettings({ ...full, ...changes });
    return collectResources(() => {
      const made = new Grafana("g", {
        grafana: settings.grafana,
        namespace: "monitoring",
        ...(settings.smtp === undefined ? {} : { smtp: settings.smtp }),
      });
      return { version: made.secretsVersion };
    });
  };
  const keeper = ({ resources }: Awaited<ReturnType<typeof make>>) =>
    JSON.stringify(resources.find(({ name }) => name === "g-secrets-version")?.inputs["keepers"]);

  it("puts each secret into a Secret, a data source with a password too", async () => {
    const { resources } = await make();
    const secrets = resources.filter(({ type }) => type === "kubernetes:core/v1:Secret");
    assert.deepEqual(
      secrets.map(({ name, inputs }) => [name, secretPaths(inputs)]).sort(),
      ["g-grafana-admin", "g-grafana-oidc", "g-grafana-smtp", "g-source-billing"].map((name) => [name, ["stringData"]]),
    );
    const plain = resources.filter(({ type }) => type !== "kubernetes:core/v1:Secret");
    assert.equal(JSON.stringify(plain.map(({ inputs }) => inputs)).includes("canary"), false);
  });

  it("lets a new secret be seen by a new version, which is not made from it", async () => {
    const before = await make();
    assert.equal(keeper(before), keeper(await make()));
    assert.ok(smtp !== undefined);
    const changed = { ...smtp, password: new SecretValue("belfry:smtpPassword", "another") };
    assert.notEqual(keeper(before), keeper(await make({ smtp: changed })));
    assert.notEqual(
      keeper(before),
      keeper(await make({ grafana: { ...grafana, oidc: { ...oidc, clientSecret: new SecretValue("k", "another") } } })),
    );
    assert.equal(before.outputs["version"], "<generated text>");
  });

  it("makes a data source that Grafana takes as it is written", () => {
    const [billing] = grafana.dataSources;
    assert.ok(billing !== undefined);
    assert.deepEqual(parse(dataSourceConfig(billing)), {
      apiVersion: 1,
      prune: true,
      datasources: [
        {
          name: "billing",
          uid: "billing",
          type: "prometheus",
          access: "proxy",
          url: "https://metrics.example.com",
          isDefault: true,
          basicAuth: true,
          // A single dollar would begin the name of a variable.
          basicAuthUser: "u$$er",
          jsonData: {},
          secureJsonData: { basicAuthPassword: "canary-$$source" },
        },
      ],
    });
  });

  it("labels dashboards and data sources as the sidecar looks for them", async () => {
    const { resources } = await make();
    const metadata = (name: string) => resources.find((resource) => resource.name === name)?.inputs["metadata"];
    assert.deepEqual(metadata("g-dashboard-overview"), {
      name: "grafana-dashboard-overview",
      namespace: "monitoring",
      labels: { grafana_dashboard: "1" },
      annotations: { grafana_folder: "Belfry" },
    });
    for (const name of ["billing", "traces"]) {
      const labels = { grafana_datasource: "1" };
      assert.deepEqual(metadata(`g-source-${name}`), { name: `grafana-datasource-${name}`, namespace: "monitoring", labels });
    }
  });
});
