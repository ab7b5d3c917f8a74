/** Turns the checked settings of Falco into the form that components take. Pure. */
import { parseDuration } from "./formats.ts";
import { platformFacts } from "./platforms.ts";
import type { ParsedSettings } from "./schema.ts";
import type { SecretValue } from "./secret-value.ts";
import type { FalcoSettings, FalcoUi, InstalledFalco, RedisStorage, UiAccess } from "./settings-falco.ts";

type Parsed = ParsedSettings["falco"];

/**
 * @param secret reads a secret that the settings need
 * @param optional reads one that may be missing
 */
export function falcoSettings(
  { falco, platform }: ParsedSettings,
  secret: (key: string) => SecretValue,
  optional: (key: string) => SecretValue | undefined,
): FalcoSettings {
  if (!(falco.enabled ?? platformFacts(platform).hostAccess)) {
    return { enabled: false };
  }
  const { slack, loki } = falco.outputs;
  const page = falcoUi(falco, optional("belfry:falcoUiPassword"));
  return {
    enabled: true,
    driver: falco.driver as InstalledFalco["driver"],
    leastPrivileged: falco.leastPrivileged,
    minimumPriority: falco.minimumPriority,
    pushExpiresAfterSeconds: parseDuration(falco.pushExpiresAfter) ?? 0,
    ...(slack === undefined ? {} : { slack: { ...slack, webhookUrl: secret("belfry:falcoSlackWebhookUrl") } }),
    ...(loki === undefined
      ? {}
      : {
          loki: {
            minimumPriority: loki.minimumPriority,
            ...(loki.url === undefined ? {} : { url: loki.url.replace(/\/+$/, "") }),
            ...(loki.tenant === undefined ? {} : { tenant: loki.tenant }),
          },
        }),
    ...(page === undefined ? {} : { ui: page }),
    ...(falco.metricsAccess === undefined
      ? {}
      : { metricsAccess: { type: falco.metricsAccess.type, sourceRanges: falco.metricsAccess.sourceRanges ?? [] } }),
    rules: rules(falco.rules),
  };
}

function falcoUi({ ui }: Parsed, password: SecretValue | undefined): FalcoUi | undefined {
  const { storage } = ui;
  if (!ui.enabled || storage === undefined) {
    return undefined;
  }
  const access = uiAccess(ui.access);
  return {
    user: ui.user,
    ...(password === undefined ? {} : { password }),
    keepSeconds: parseDuration(ui.keep) ?? 0,
    storage: redisStorage(storage),
    ...(access === undefined ? {} : { access }),
  };
}

function redisStorage({ size, className, local }: NonNullable<Parsed["ui"]["storage"]>): RedisStorage {
  return {
    size,
    ...(className === undefined ? {} : { className }),
    ...(local === undefined ? {} : { local }),
  };
}

function uiAccess(access: Parsed["ui"]["access"]): UiAccess | undefined {
  switch (access?.type) {
    case undefined:
      return undefined;
    case "loadBalancer":
      return { type: "loadBalancer", sourceRanges: access.sourceRanges ?? [] };
    case "nodePort":
      return { type: "nodePort", ...(access.port === undefined ? {} : { port: access.port }) };
    case "ingress":
      return {
        type: "ingress",
        host: access.host ?? "",
        tlsSecret: access.tlsSecret ?? "",
        ...(access.ingressClass === undefined ? {} : { className: access.ingressClass }),
      };
  }
}

function rules({ exceptions, custom, macros, lists, disabled }: Parsed["rules"]): InstalledFalco["rules"] {
  const overridden = <T extends { readonly override?: "append" | "replace" | undefined }>({ override, ...rest }: T) => ({
    ...rest,
    ...(override === undefined ? {} : { override }),
  });
  return {
    exceptions: exceptions.map((exception) => ({
      ...exception,
      comps: exception.comps ?? exception.fields.map(() => "="),
    })),
    custom,
    macros: macros.map(overridden),
    lists: lists.map(overridden),
    disabled,
  };
}
