/**
 * Proof that every receiver of a deployed stack works: a marked test alert for each, sent to the live Alertmanager
 * through the API server, and Alertmanager's own counters (in the sandbox the sinks as well) asked whether it left.
 */
import { findAlertmanagers, hasGrafana } from "../kube/alertmanager-pods.ts";
import { loadCluster } from "../kube/cluster.ts";
import type { Cluster, ClusterChoice } from "../kube/cluster.ts";
import type { Inbox } from "./inbox.ts";
import type { Labels } from "./matchers.ts";
import type { Hints } from "./judge.ts";
import type { ReceiverResult, VerifyResult } from "./result.ts";
import { verifyAlertmanagers } from "./run.ts";

export type { IntegrationResult, Outcome, ReceiverResult, VerifyResult } from "./result.ts";

export interface VerifyOptions extends ClusterChoice {
  /** Where the stack runs. */
  readonly namespace: string;
  /** Given for the sandbox, and only there: its inbox must hold the messages, too. */
  readonly inbox?: Inbox;
  /** Names of receivers that must stand in the running configuration; a team's is `namespace/name/name`. */
  readonly expectedReceivers?: readonly string[];
  /** Labels that every alert of the stack has (its environment, its cluster's name); the test alerts get them, too. */
  readonly labels?: Labels;
  /** Told when every test alert is judged and resolved; the heartbeat may still be waited for. */
  readonly testsProved?: () => void;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
  /** Limit in seconds; by default as long as the slowest receiver needs. */
  readonly timeoutSeconds?: number;
}

function secretOf(file: string): { setting: string; secret: string; key: string } | undefined {
  const found = /^(\w+): \/etc\/alertmanager\/secrets\/([^/]+)\/(.+)$/.exec(file);
  const [, setting, secret, key] = found ?? [];
  return setting === undefined || secret === undefined || key === undefined ? undefined : { setting, secret, key };
}

/** Where to look in this cluster; pure. */
export function clusterHints(
  cluster: Pick<Cluster, "context">,
  namespace: string,
  pods: readonly string[],
  sandbox: boolean,
): Hints {
  const kubectl = `kubectl --context ${cluster.context} -n ${namespace}`;
  const pod = pods[0] ?? "";
  return {
    logs: sandbox
      ? "the log of Alertmanager in .belfry/sandbox/logs"
      : pods.map((name) => `${kubectl} logs ${name} -c alertmanager --since=5m`).join("; "),
    silence: (id) =>
      sandbox
        ? `the silence ${id} in Alertmanager`
        : `${kubectl} exec ${pod} -c alertmanager -- ` +
          `amtool --alertmanager.url=http://localhost:9093 silence query --id ${id}`,
    secret: (file) => {
      const place = secretOf(file);
      return place === undefined
        ? `the file that ${file} names`
        : `${kubectl} describe secret ${place.secret} (key ${place.key}, ${place.setting}); set it anew with ` +
            "`pulumi config set --secret` and deploy";
    },
  };
}

function grafanaResult(sandbox: boolean): ReceiverResult {
  const happened = sandbox
    ? "Grafana is a simulated pod in the sandbox, so its own mail cannot be sent"
    : "this version does not try Grafana's contact points; test them on its page Alerting, Contact points";
  const expected = "a mail from Grafana's contact point";
  return {
    receiver: "Grafana",
    integrations: [{ integration: "contact points", outcome: "not checked", expected, happened }],
  };
}

/**
 * Verifies every receiver of the stack in a cluster.
 *
 * @throws UserError when the cluster, its Alertmanagers or the sandbox cannot be asked; the signal's reason after an
 * abort
 */
export async function verify(options: VerifyOptions): Promise<VerifyResult> {
  const { namespace, inbox, signal } = options;
  const cluster = loadCluster(options);
  const alertmanagers = await findAlertmanagers(cluster, namespace, signal);
  const pods = alertmanagers.map((one) => one.name);
  const sandbox = inbox !== undefined;
  const { report, labels, timeoutSeconds, expectedReceivers, testsProved } = options;
  const [result, grafana] = await Promise.all([
    verifyAlertmanagers({
      alertmanagers,
      hints: clusterHints(cluster, namespace, pods, sandbox),
      report,
      signal,
      ...(inbox === undefined ? {} : { inbox }),
      ...(labels === undefined ? {} : { labels }),
      ...(testsProved === undefined ? {} : { testsProved }),
      ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
      ...(expectedReceivers === undefined ? {} : { expectedReceivers }),
    }),
    hasGrafana(cluster, namespace, signal),
  ]);
  return grafana ? { ...result, receivers: [...result.receivers, grafanaResult(sandbox)] } : result;
}
