import assert from "node:assert/strict";
import { type Run, type Stage, closedPort, contexts, kubeSystemUid, openStage, stackName } from "./stage.ts";

const nothing = "\n  Nothing was created or changed.";
const oneProblem = (text: string) => `1 problem in the settings of stack ${stackName}:\n\n${text}\n${nothing}`;
const setSecret = (key: string) => `pulumi config set --secret ${key} --stack ${stackName}`;

describe("bad input, by the engine", function () {
  this.timeout(120_000);
  let stage: Stage;

  before(async () => {
    stage = await openStage();
  });
  after(async () => {
    await stage.close();
  });

  async function refused(run: Run, message: string, kind: "user" | "refusal" = "user"): Promise<void> {
    const { failure, lines } = await stage.run(run);
    assert.deepEqual(failure, { kind, message });
    assert.deepEqual(lines.filter((line) => line.startsWith("created")), []);
  }

  afterEach(async () => {
    assert.deepEqual(await stage.resources(), [], "something is in the state");
    assert.deepEqual(stage.writes, [], "something was written to the cluster");
  });

  const settings: readonly (readonly [name: string, config: Record<string, unknown>, problem: string])[] = [
    [
      "an unknown key",
      { "belfry:retenion": { time: "3d" } },
      `belfry:retenion: is not a setting. Did you mean belfry:retention?\n  Rename it in Pulumi.trial.yaml, or remove it: pulumi config rm belfry:retenion --stack trial`,
    ],
    [
      "a wrong type",
      { "belfry:purgeCrds": "perhaps" },
      `belfry:purgeCrds: "perhaps" is not true or false.\n  Write it like this: belfry:purgeCrds: false`,
    ],
    [
      "a missing secret",
      { "belfry:slackWebhookUrl": undefined },
      `belfry:slackWebhookUrl: is missing: the receiver slack needs it.\n  Run this, it asks for the value: ${setSecret("belfry:slackWebhookUrl")}`,
    ],
    [
      "an unknown platform",
      { "belfry:platform": "kin" },
      `belfry:platform: "kin" is not one of eks, gke, gke-autopilot, aks, kubeadm, k3s, kind. Did you mean kind?\n  Write it like this: belfry:platform: eks`,
    ],
    [
      "the platform of the embedded cluster",
      { "belfry:platform": "sandbox" },
      "belfry:platform: sandbox is set by the embedded cluster alone: it allows what must never happen to a real cluster.\n" +
        "  Write the platform of your cluster (eks, gke, gke-autopilot, aks, kubeadm, k3s or kind), or run: npm start",
    ],
  ];
  for (const [name, config, problem] of settings) {
    it(`${name} is refused, and nothing is created`, () => refused({ config, operation: "up" }, oneProblem(problem), "refusal"));
  }

  it("a secret in plain text is refused, and its value is nowhere in the message", async () => {
    const marked = "https://hooks.slack.com/services/T0/B0/marked-plain-text";
    const config = { "belfry:slackWebhookUrl": marked };
    const answer = await stage.run({ config, operation: "up" });
    assert.deepEqual(answer.failure, {
      kind: "refusal",
      message: oneProblem(
        "belfry:slackWebhookUrl: is in plain text in Pulumi.trial.yaml.\n" +
          "  Replace the exposed secret where it was issued (it may be in the git history too), then run this, " +
          `it asks for the new value: ${setSecret("belfry:slackWebhookUrl")}`,
      ),
    });
    assert.ok(!JSON.stringify(answer).includes("marked"));
  });

  it("all problems of the settings come at once", async () => {
    const config = { "belfry:platform": "kin", "belfry:purgeCrds": "perhaps", "belfry:what": 1 };
    const { failure } = await stage.run({ config, operation: "up" });
    assert.equal(failure?.kind, "refusal");
    assert.match(failure.message, /^3 problems in the settings of stack trial:\n/);
  });

  it("another cluster than the stack's is refused by the program", () =>
    refused(
      { config: { "belfry:cluster": { context: contexts.here, kubeSystemUid: "0b4d4f3a-6a3b-4f0e-9f0c-2f9d3f1f7a55" } }, operation: "up" },
      "Stack trial belongs to another cluster: its settings name the one with kube-system UID 0b4d4f3a-6a3b-4f0e-9f0c-2f9d3f1f7a55, " +
        `but context ${contexts.here} leads to ${kubeSystemUid}.\n` +
        "  Set belfry:cluster to the right context, or make a new stack for this cluster: pulumi stack init NAME",
      "refusal",
    ));

  it("a context whose cluster does not answer is told", async () => {
    const { failure } = await stage.run({ config: { "belfry:cluster": { context: contexts.closed } } });
    assert.equal(
      failure?.message.replace(/:\d+ /, ":PORT "),
      "The cluster of stack trial cannot be reached at http://127.0.0.1:PORT (ECONNREFUSED).\n" +
        "  Is it running, is the network or VPN up, and does belfry:cluster name the right context? " +
        "`kubectl config get-contexts` shows all; the embedded cluster is started by npm start." +
        nothing,
    );
  });

  it("a context that the kubeconfig does not have is told", () =>
    refused(
      { config: { "belfry:cluster": { context: "nowhere" } } },
      'The kubeconfig has no context "nowhere", which belfry:cluster of stack trial names.\n' +
        "  See which there are (kubectl config get-contexts), then set KUBECONFIG, or name the right one: " +
        `pulumi config set --path belfry:cluster.context NAME --stack trial${nothing}`,
    ));

  it("a chart repository that does not answer is told", async () => {
    const mirror = `http://127.0.0.1:${await closedPort()}`;
    await refused(
      { config: { "belfry:chartMirror": mirror } },
      `The chart prometheus-operator-crds 31.0.1 cannot be had from ${mirror} (belfry:chartMirror): nothing listens at this address.\n` +
        `  Make that repository serve this version, or name another one: pulumi config set belfry:chartMirror URL --stack trial${nothing}`,
    );
  });

  it("a chart repository without the pinned version is told", () =>
    refused(
      { config: { "belfry:chartMirror": `${stage.server}/old-charts` } },
      `The chart prometheus-operator-crds 31.0.1 cannot be had from ${stage.server}/old-charts (belfry:chartMirror): ` +
        "the repository does not have this version.\n" +
        `  Make that repository serve this version, or name another one: pulumi config set belfry:chartMirror URL --stack trial${nothing}`,
    ));

  it("a wrong passphrase is told", () =>
    refused(
      { environment: { PULUMI_CONFIG_PASSPHRASE: "another one" } },
      "The passphrase is wrong: the secrets of stack trial were encrypted with another one.\n" +
        "  Set PULUMI_CONFIG_PASSPHRASE_FILE to the file that holds it, or PULUMI_CONFIG_PASSPHRASE to the passphrase itself." +
        nothing,
    ));

  it("a provider that cannot be had is told", async () => {
    const { PATH = "" } = stage.environment;
    await refused(
      // Without the stand-ins, and with a way to the network that leads nowhere.
      { environment: { PATH: PATH.slice(PATH.indexOf(":") + 1), HTTPS_PROXY: `http://127.0.0.1:${await closedPort()}` } },
      "Pulumi's provider kubernetes 4.34.2 cannot be had: it is not installed, and it could not be downloaded.\n" +
        "  Make https://get.pulumi.com reachable (behind a proxy, set HTTPS_PROXY), or install it by hand: " +
        `pulumi plugin install resource kubernetes v4.34.2${nothing}`,
    );
  });

  it("a preview of sound settings lists every resource that would be created", async () => {
    const { failure, planned } = await stage.run({ config: { "belfry:chartMirror": `${stage.server}/charts` } });
    assert.equal(failure, undefined);
    assert.deepEqual(planned.map(({ operation, resource }) => `${operation} ${resource}`).sort(), [
      "create ConfigMap belfry-grafana-dashboard-falco",
      "create ConfigMap belfry-grafana-dashboard-overview",
      "create ConfigMap belfry-grafana-dashboard-probes",
      "create ConfigMap belfry-grafana-dashboard-trivy",
      "create Namespace belfry-falco-namespace",
      "create Namespace belfry-namespaces-monitoring",
      "create NetworkPolicy belfry-falco-falco-access",
      "create NetworkPolicy belfry-falco-falcosidekick-access",
      "create PrometheusRule belfry-alerts-budgets",
      "create PrometheusRule belfry-alerts-falco",
      "create PrometheusRule belfry-alerts-falcosidekick",
      "create PrometheusRule belfry-alerts-notifications",
      "create PrometheusRule belfry-alerts-targets",
      "create RandomPassword belfry-grafana-admin-password",
      "create RandomString belfry-grafana-secrets-version",
      "create Release belfry-crds-release",
      "create Release belfry-falco-release",
      "create Release belfry-stack-release",
      "create Secret belfry-grafana-grafana-admin",
      "create Secret belfry-grafana-grafana-smtp",
      "create Secret belfry-receivers-alertmanager-mail",
      "create Secret belfry-receivers-alertmanager-slack",
      "create Service belfry-stack-kubelet",
    ]);
  });
});
