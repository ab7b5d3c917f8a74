/** What Grafana's settings must agree on, among themselves and with the mail server. Pure. */
import type { CheckContext } from "./checks.ts";
import { isLoopbackHost } from "./formats.ts";
import { settingKey, type Problem } from "./problems.ts";
import { aboutSchema } from "./schema-walk.ts";
import { reservedDataSources } from "./schema-grafana.ts";
import { settingsSchema } from "./schema.ts";
import { isRecord, itemsOf } from "./secrets.ts";

type Written = Readonly<Record<string, unknown>>;

export function checkGrafana(context: CheckContext): Problem[] {
  const grafana = context.settings["grafana"];
  if (!isRecord(grafana)) {
    return [];
  }
  return grafana["enabled"] === false
    ? withoutGrafana(grafana)
    : [...mail(grafana, context), ...logIn(grafana), ...dataSources(grafana)];
}

function problem(path: readonly PropertyKey[], text: string, fix: string): Problem {
  return { key: settingKey(["grafana", ...path]), problem: text, fix };
}

/** What asks for something of a Grafana that is not there would be lost without a word. */
function withoutGrafana(grafana: Written): Problem[] {
  return ["externalUrl", "ingress", "mail", "oidc", "dataSources"]
    .filter((name) => grafana[name] !== undefined && grafana[name] !== false && !isEmptyList(grafana[name]))
    .map((name) =>
      problem([name], "has no effect: belfry:grafana.enabled is false.", `Remove ${name}, or write enabled: true.`),
    );
}

const isEmptyList = (value: unknown) => Array.isArray(value) && value.length === 0;

function mail({ mail: wanted }: Written, { settings, unreadable }: CheckContext): Problem[] {
  return wanted === true && settings["smtp"] === undefined && !unreadable.has("smtp")
    ? [
        problem(
          ["mail"],
          "is true, but there is no mail server: belfry:smtp is missing.",
          `Write it like this: belfry:smtp: ${aboutSchema(settingsSchema.shape.smtp)?.example ?? ""}\nOr remove mail.`,
        ),
      ]
    : [];
}

function logIn({ oidc, externalUrl }: Written): Problem[] {
  if (!isRecord(oidc)) {
    return [];
  }
  const found: Problem[] = [];
  if (externalUrl === undefined) {
    found.push(
      problem(
        ["externalUrl"],
        "is missing: the provider of belfry:grafana.oidc sends people back to it.",
        "Write it like this: externalUrl: https://grafana.example.com",
      ),
    );
  }
  if (oidc["passwordLogin"] === false && oidc["adminGroups"] === undefined) {
    found.push(
      problem(
        ["oidc", "adminGroups"],
        "is missing: with passwordLogin: false nobody could log in as an administrator.",
        "Write it like this: adminGroups: [sre], or remove passwordLogin.",
      ),
    );
  }
  return found;
}

function dataSources(grafana: Written): Problem[] {
  const all = itemsOf(grafana["dataSources"]).map((item) => (isRecord(item) ? item : {}));
  const firstDefault = all.findIndex((item) => item["default"] === true);
  return all.flatMap((item, index) => {
    const path = ["dataSources", index];
    const { name } = item;
    const found: Problem[] = [];
    const first = all.findIndex((other) => other["name"] === name);
    if (typeof name === "string" && first < index) {
      const text = `${JSON.stringify(name)} is already the name of belfry:grafana.dataSources[${first}].`;
      found.push(problem([...path, "name"], text, "Give every data source a name of its own."));
    }
    if (typeof name === "string" && reservedDataSources.includes(name)) {
      const text = `${JSON.stringify(name)} is the name of a data source of the stack itself.`;
      found.push(problem([...path, "name"], text, `Write it like this: name: ${name}-2`));
    }
    if (item["default"] === true && firstDefault < index) {
      const text = `is true, but belfry:grafana.dataSources[${firstDefault}] is the default already: with two, Grafana does not start.`;
      found.push(problem([...path, "default"], text, "Leave one of them."));
    }
    return [...found, ...credentials(path, item)];
  });
}

function credentials(path: readonly PropertyKey[], { auth, username, url, name }: Written): Problem[] {
  if (auth === "basic" && username === undefined) {
    return [problem([...path, "username"], "is missing: auth basic needs it.", "Write it like this: username: grafana")];
  }
  if (username !== undefined && auth !== "basic") {
    const fix = "Write auth: basic, or remove username.";
    return [problem([...path, "username"], "has no effect without auth: basic.", fix)];
  }
  if (auth === undefined || typeof url !== "string" || !URL.canParse(url) || staysInside(new URL(url))) {
    return [];
  }
  return [
    problem(
      [...path, "url"],
      "is an http:// address outside the cluster, so the password or token would cross the network in plain text.",
      `Write it like this: url: https://${typeof name === "string" ? name : "metrics"}.example.com, or remove auth.`,
    ),
  ];
}

/** Whether what is sent is encrypted or stays in the cluster, where http is the rule. */
function staysInside({ protocol, hostname }: URL): boolean {
  const inCluster = /\.svc(\.[a-z0-9.-]+)?$/.test(hostname) || !hostname.includes(".");
  return protocol !== "http:" || inCluster || isLoopbackHost(hostname);
}
