/** What the settings of logs must agree on, among themselves and with Grafana. Pure. */
import type { CheckContext } from "./checks.ts";
import { isLoopbackHost } from "./formats.ts";
import { settingKey, type Problem } from "./problems.ts";
import { isRecord } from "./secrets.ts";
import { logModes, type LogMode } from "./settings-logs.ts";

/** The one mode that a key belongs to. */
const modeOf = {
  retention: "install",
  storage: "install",
  url: "existing",
  tenant: "existing",
  username: "existing",
} as const;

export function checkLogs({ settings }: CheckContext): Problem[] {
  const logs = settings["logs"];
  if (!isRecord(logs)) {
    return [];
  }
  const mode = logModes.find((candidate) => candidate === (logs["mode"] ?? "off"));
  return mode === undefined
    ? []
    : [...misplacedKeys(logs, mode), ...existingLoki(logs, mode), ...somebodyReads(settings, mode)];
}

/** Keys of another mode: what they ask for would not happen. */
function misplacedKeys(logs: Readonly<Record<string, unknown>>, mode: LogMode): Problem[] {
  return Object.entries(modeOf)
    .filter(([name, wanted]) => logs[name] !== undefined && wanted !== mode)
    .map(([name, wanted]) => ({
      key: settingKey(["logs", name]),
      problem: `belongs to mode ${wanted}, but the mode is ${mode}.`,
      fix: `Write it like this: mode: ${wanted}, or remove ${name}.`,
    }));
}

function existingLoki(logs: Readonly<Record<string, unknown>>, mode: LogMode): Problem[] {
  const { url, username } = { url: logs["url"], username: logs["username"] };
  if (mode !== "existing") {
    return [];
  }
  if (url === undefined) {
    return [
      {
        key: settingKey(["logs", "url"]),
        problem: "is missing: mode existing needs the address of the Loki that exists.",
        fix: "Write it like this: url: https://logs.example.com, or install one: mode: install",
      },
    ];
  }
  if (typeof url !== "string" || username === undefined || !URL.canParse(url) || !leavesInPlainText(new URL(url))) {
    return [];
  }
  return [
    {
      key: settingKey(["logs", "url"]),
      problem: "is an http:// address outside the cluster, and the password would cross the network in plain text.",
      fix: "Write it like this: url: https://logs.example.com, or remove username for a Loki that wants none.",
    },
  ];
}

/** Services of the cluster are reached by http as a rule. */
function leavesInPlainText({ protocol, hostname }: URL): boolean {
  const inCluster = /\.svc(\.[a-z0-9.-]+)?$/.test(hostname) || !hostname.includes(".");
  return protocol === "http:" && !inCluster && !isLoopbackHost(hostname);
}

function somebodyReads(settings: Readonly<Record<string, unknown>>, mode: LogMode): Problem[] {
  const grafana = settings["grafana"];
  return mode === "existing" && isRecord(grafana) && grafana["enabled"] === false
    ? [
        {
          key: settingKey(["logs", "mode"]),
          problem: "is existing, but there is no Grafana that would show these logs (belfry:grafana.enabled is false).",
          fix: "Write it like this: mode: off, or switch Grafana on.",
        },
      ]
    : [];
}
