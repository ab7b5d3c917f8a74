/** What is wrong with the secrets: missing, plain text, malformed, misplaced. No message holds any of a value. Pure. */
import type { CheckContext } from "./checks.ts";
import { isDnsLabel } from "./formats.ts";
import { nearest, settingKey, type Problem } from "./problems.ts";
import { schemaAt, valueAt } from "./schema-walk.ts";
import { settingsSchema } from "./schema.ts";
import { dataSourceSecretKey, grafanaOidcSecretKey, ingressUsersKey } from "./secrets-grafana.ts";
import {
  isMisplacedSecret,
  isRecord,
  itemsOf,
  loginSecretKey,
  looksSecret,
  neededSecrets,
  receiverSecret,
  removeCommand,
  secretKindOf,
  secretKinds,
  setSecretCommand,
  type SecretKind,
} from "./secrets.ts";

export interface SecretContext extends CheckContext {
  /** Every setting's text by its full key, as the caller gave it. */
  readonly values: Readonly<Record<string, string>>;
}

const asks = "Run this, it asks for the value:";

export function checkSecrets(context: SecretContext): Problem[] {
  return [
    ...missing(context),
    ...Object.keys(context.values).flatMap((key) => {
      const kind = secretKindOf(key);
      return kind === undefined ? unknownKey(key, context) : secretKey(key, kind, context);
    }),
    ...passwordWithoutUser(context),
    ...Object.entries(context.settings).flatMap(([name, value]) => misplaced([name], value, context)),
  ];
}

function missing({ settings, values, stack }: SecretContext): Problem[] {
  return neededSecrets(settings)
    .filter(({ key }) => !Object.hasOwn(values, key))
    .map(({ key, owner }) => ({
      key,
      problem: `is missing: ${owner} needs it.`,
      fix: `${asks} ${setSecretCommand(key, stack)}`,
    }));
}

function secretKey(key: string, kind: SecretKind, context: SecretContext): Problem[] {
  const { stack, settings, unreadable, values, sandbox } = context;
  const needed = neededSecrets(settings);
  const isNeeded = needed.some((secret) => secret.key === key);
  // A kind whose keys do not end in a name has a plain key, which may stand there before anybody needs it.
  const isPlain = key === kind.key && kind.login === undefined && kind.dataSource === undefined;
  const found: Problem[] = [];
  if (!context.isSecret(key.slice("belfry:".length))) {
    found.push({
      key,
      problem: `is in plain text in Pulumi.${stack}.yaml.`,
      fix:
        "Replace the exposed secret where it was issued (it may be in the git history too), then run this, " +
        `it asks for the new value: ${setSecretCommand(key, stack)}`,
    });
  } else if (isNeeded || isPlain) {
    const problem = kind.problem(values[key] ?? "", { sandbox });
    if (problem !== undefined) {
      const fix = `It must be ${kind.form}. ${asks} ${setSecretCommand(key, stack)}`;
      found.push({ key, problem: `the value ${problem}.`, fix });
    }
  }
  const place = kind.dataSource === true ? "grafana" : kind.login === undefined ? "receivers" : "probes";
  if (!isNeeded && !isPlain && !unreadable.has(place)) {
    found.push(place === "receivers" ? ofNobody(key, kind, context) : ofNoName(key, kind, context));
  }
  return found;
}

/** The secret of a login or data source that is not the key of any. */
function ofNoName(key: string, kind: SecretKind, { settings, stack }: SecretContext): Problem {
  const who = kind.dataSource === true ? "data source with auth" : `${String(kind.login)} login in belfry:probes`;
  const keys = neededSecrets(settings)
    .filter((secret) => secret.kind === kind)
    .map((secret) => secret.key);
  const proposal = nearest(key, keys);
  return {
    key,
    problem: `is not a setting: no ${who} has this name.${
      proposal === undefined ? "" : ` Did you mean ${proposal}?`
    }`,
    fix: `Remove it: ${removeCommand(key, stack)}`,
  };
}

/** A secret with a receiver's name that is not the key of any receiver. */
function ofNobody(key: string, kind: SecretKind, { settings, stack }: SecretContext): Problem {
  const keys = neededSecrets(settings)
    .filter((secret) => secret.kind === kind)
    .map((secret) => secret.key);
  const receivers = itemsOf(settings["receivers"]);
  const index = receivers.findIndex(
    (receiver) => isRecord(receiver) && `${kind.key}-${String(receiver["name"])}` === key,
  );
  const remove = `Remove it: ${removeCommand(key, stack)}`;
  if (index >= 0 && receiverSecret(receivers, index)?.key === kind.key) {
    const problem = `is not a setting: the first ${String(kind.receiver)} receiver has the plain key ${kind.key}.`;
    return { key, problem, fix: `${remove}\n${asks} ${setSecretCommand(kind.key, stack)}` };
  }
  const proposal = nearest(
    key,
    keys.filter((candidate) => candidate !== kind.key),
  );
  return {
    key,
    problem: `is not a setting: no ${String(kind.receiver)} receiver has this name.${
      proposal === undefined ? "" : ` Did you mean ${proposal}?`
    }`,
    fix: remove,
  };
}

function unknownKey(key: string, context: SecretContext): Problem[] {
  const name = key.slice("belfry:".length);
  const known = Object.keys(settingsSchema.shape);
  if (known.includes(name)) {
    return [];
  }
  // A login's kind has no plain key.
  const plainKinds = secretKinds.filter(({ login }: SecretKind) => login === undefined);
  const secretNames = [...plainKinds, ...neededSecrets(context.settings)].map((secret) =>
    secret.key.slice("belfry:".length),
  );
  const proposal = nearest(name, [...known, ...secretNames]);
  const forSecret = proposal !== undefined && secretNames.includes(proposal);
  const exposed = (forSecret || looksSecret(name)) && !context.isSecret(name);
  const command = removeCommand(key, context.stack);
  const replace = exposed
    ? "\nIf it held a secret, replace that secret where it was issued: it was in plain text."
    : "";
  const setAgain = forSecret ? `\n${asks} ${setSecretCommand(`belfry:${proposal}`, context.stack)}` : "";
  const rename =
    proposal === undefined || forSecret
      ? `Remove it: ${command}`
      : `Rename it in Pulumi.${context.stack}.yaml, or remove it: ${command}`;
  return [
    {
      key,
      problem: `is not a setting.${proposal === undefined ? "" : ` Did you mean belfry:${proposal}?`}`,
      fix: `${rename}${replace}${setAgain}`,
    },
  ];
}

function passwordWithoutUser({ settings, values, stack }: SecretContext): Problem[] {
  return [
    { key: "belfry:smtpPassword", name: "smtp", used: true },
    { key: "belfry:lokiPassword", name: "logs", used: valueAt(settings, ["logs", "mode"]) === "existing" },
  ].flatMap(({ key, name, used }) =>
    used &&
    isRecord(settings[name]) &&
    valueAt(settings, [name, "username"]) === undefined &&
    Object.hasOwn(values, key)
      ? [
          {
            key: settingKey([name, "username"]),
            problem: `is missing, but ${key} is set.`,
            fix: `Add the user to belfry:${name}, or remove the password: ${removeCommand(key, stack)}`,
          },
        ]
      : [],
  );
}

/** Keys inside settings that are called like secrets: only flat keys may hold secrets, so that all of them are masked. */
function misplaced(path: readonly PropertyKey[], value: unknown, context: SecretContext): Problem[] {
  const below = Array.isArray(value)
    ? itemsOf(value).map((item, index) => [index, item] as const)
    : isRecord(value)
      ? Object.entries(value)
      : [];
  return below.flatMap(([step, item]) =>
    typeof step === "string" && isMisplacedSecret(path, step) && !isSetting([...path, step], context)
      ? [misplacedProblem([...path, step], context)]
      : misplaced([...path, step], item, context),
  );
}

/** Not everything that is called like a secret is one: an address of a service is a setting like others. */
function isSetting(path: readonly PropertyKey[], { settings }: SecretContext): boolean {
  return schemaAt(settingsSchema, path, settings) !== undefined;
}

function misplacedProblem(path: readonly PropertyKey[], context: SecretContext): Problem {
  const key = settingKey(path);
  const name = String(path[0]);
  const encrypted = context.isSecret(name);
  const flat = flatKey(path, context);
  const where = encrypted ? "" : `, and is in plain text in Pulumi.${context.stack}.yaml`;
  const replace = encrypted
    ? ""
    : ", replace the exposed secret where it was issued (it may be in the git history too)";
  return {
    key,
    problem: `looks like a secret, which does not belong into belfry:${name}${where}.`,
    fix:
      flat === undefined
        ? `Remove it${replace}. Belfry needs no secret here.`
        : `Remove it${replace}, then run this, it asks for the value: ${setSecretCommand(flat, context.stack)}`,
  };
}

/** The key where a secret belongs that was found at `path`. */
function flatKey(path: readonly PropertyKey[], { settings }: SecretContext): string | undefined {
  const [name, index] = path;
  if (name === "probes" && index === "logins") {
    const login = valueAt(settings, path.slice(0, 3));
    const { name: of, type } = isRecord(login) ? { name: login["name"], type: login["type"] } : {};
    const known = typeof of === "string" && isDnsLabel(of) ? of : "NAME";
    return loginSecretKey({ name: known, type: type === "basic" ? "basic" : "bearer" });
  }
  if (name === "grafana") {
    const source = valueAt(settings, path.slice(0, 3));
    const of = isRecord(source) && typeof source["name"] === "string" ? source["name"] : "NAME";
    return index === "oidc" ? grafanaOidcSecretKey : index === "dataSources" ? dataSourceSecretKey(of) : undefined;
  }
  if (name === "prometheus" || name === "alertmanager") {
    return ingressUsersKey;
  }
  const receivers = itemsOf(settings["receivers"]);
  if (name === "receivers" && typeof index === "number") {
    const receiver = receivers[index];
    const type = isRecord(receiver) ? receiver["type"] : undefined;
    const ofKind = secretKinds.find((kind) => kind.receiver !== undefined && kind.receiver === type)?.key;
    // A further receiver has a key of its own, which cannot be told before its name is right.
    const furtherKey = ofKind === undefined ? undefined : `${ofKind}-NAME`;
    return (
      receiverSecret(receivers, index)?.key ?? furtherKey ?? (type === "email" ? "belfry:smtpPassword" : undefined)
    );
  }
  if (name === "logs") {
    return "belfry:lokiPassword";
  }
  if (name === "falco") {
    return index === "outputs" ? "belfry:falcoSlackWebhookUrl" : "belfry:falcoUiPassword";
  }
  return name === "smtp" || name === "teams" ? "belfry:smtpPassword" : undefined;
}
