import assert from "node:assert/strict";
import { type Failure, ProgramRefusal, explainFailure } from "../../../automation/failures.ts";

const nothing = "\n  Nothing was created or changed.";
const recorded = "\n  What was done so far is in the stack's state: mend the cause, then run the same command again.";
const cause = new Error("pulumi ended with code 255");

function told(errors: readonly string[], more: Partial<Failure> = {}): string {
  return explainFailure({ stack: "dev", operation: "preview", errors, output: "", cause, ...more }).message;
}

const chart = (value: string, reason: string) =>
  `kubernetes:helm.sh/v3:Release resource 'belfry-stack-release': property chart value {${value}} has a problem: ${reason}; ` +
  "check the chart name and repository configuration.";
const own = "https://prometheus-community.github.io/helm-charts";
const mendOwn =
  "  Make that repository reachable, or name one that has this version: pulumi config set belfry:chartMirror URL --stack dev";
const mendMirror =
  "  Make that repository serve this version, or name another one: pulumi config set belfry:chartMirror URL --stack dev";

describe("a failed operation", () => {
  it("tells a refusal of the program exactly as the program said it", () => {
    const message = "2 problems in the settings of stack dev:\n\na: b\n  c\n\n  Nothing was created or changed.";
    const error = explainFailure({ stack: "dev", operation: "up", refusal: message, errors: [message], output: "", cause });
    assert.ok(error instanceof ProgramRefusal);
    assert.equal(error.message, message);
    assert.equal(error.fix, "Nothing was created or changed.");
    assert.equal(error.cause, cause);
  });

  const charts: readonly (readonly [name: string, text: string, message: string])[] = [
    [
      "whose repository's host is unknown",
      chart("kube-prometheus-stack", `looks like "${own}" is not a valid chart repository or cannot be reached: Get "${own}/index.yaml": dial tcp: lookup prometheus-community.github.io: no such host`),
      `The chart kube-prometheus-stack 88.5.3 cannot be had from ${own}: the name of its host is not known.\n${mendOwn}`,
    ],
    [
      "that its own repository does not have",
      chart("kube-prometheus-stack", `chart "kube-prometheus-stack" version "88.5.3" not found in ${own} repository`),
      `The chart kube-prometheus-stack 88.5.3 cannot be had from ${own}: the repository does not have this version.\n${mendOwn}`,
    ],
    [
      "that a mirror refuses, without the mirror's password",
      chart("kube-prometheus-stack", 'looks like "https://me:hidden@charts.example.com" is not a valid chart repository or cannot be reached: failed to fetch https://me:hidden@charts.example.com/index.yaml : 401 Unauthorized'),
      `The chart kube-prometheus-stack 88.5.3 cannot be had from https://charts.example.com (belfry:chartMirror): the repository answered 401 Unauthorized.\n${mendMirror}`,
    ],
    [
      "that a registry does not have",
      chart("oci://charts.example.com/mirror/kube-prometheus-stack", "charts.example.com/mirror/kube-prometheus-stack:88.5.3: not found"),
      `The chart kube-prometheus-stack 88.5.3 cannot be had from oci://charts.example.com/mirror (belfry:chartMirror): charts.example.com/mirror/kube-prometheus-stack:88.5.3: not found.\n${mendMirror}`,
    ],
  ];
  for (const [name, text, message] of charts) {
    it(`names a chart ${name}`, () => {
      assert.equal(told([text, "preview failed"]), message + nothing);
    });
  }

  it("tells a cluster that the published provider cannot reach", () => {
    assert.equal(
      told(
        [
          "configured Kubernetes cluster is unreachable: unable to load schema information from the API server: " +
            'Get "https://10.0.0.1:6443/openapi/v2?timeout=32s": dial tcp 10.0.0.1:6443: i/o timeout',
        ],
        { operation: "up" },
      ),
      "The cluster of stack dev cannot be reached at https://10.0.0.1:6443 (dial tcp 10.0.0.1:6443: i/o timeout).\n" +
        "  Is it running, is the network or VPN up, and does belfry:cluster name the right context? " +
        `\`kubectl config get-contexts\` shows all; the embedded cluster is started by npm start.${recorded}`,
    );
  });

  it("tells who holds the lock", () => {
    const output =
      "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.\n" +
      "  file:///state/.pulumi/locks/dev.json: created by ada@laptop (pid 4711) at 2026-01-02T03:04:05Z";
    assert.equal(
      told([], { operation: "up", output }),
      "Stack dev is locked: another operation is at work on it (ada@laptop (pid 4711), since 2026-01-02T03:04:05Z).\n" +
        `  Wait until it has ended. If it was killed, release the lock: pulumi cancel --stack dev${nothing}`,
    );
  });

  it("tells that a plan no longer fits, without the values that differ", () => {
    const urn = "urn:pulumi:prod::belfry::belfry:receivers:Receivers$kubernetes:core/v1:Secret::belfry-receivers-alertmanager-slack";
    const fix =
      "  The program, the settings or the cluster changed since the preview. Make and review a new plan: " +
      `npm run belfry -- preview --stack dev --plan FILE${recorded}`;
    const of = (text: string) => told([text], { operation: "up" });
    assert.equal(
      of(`resource ${urn} violates plan: properties changed: ++stringData[{&{{url: canary}}}!={&{{url: other}}}], ~~metadata[{map[]}]`),
      "What would be done to stack dev is no longer what its plan says: Secret belfry-receivers-alertmanager-slack (metadata, stringData).\n" + fix,
    );
    assert.equal(
      of("update is not allowed by the plan: no steps were expected for this resource"),
      `What would be done to stack dev is no longer what its plan says.\n${fix}`,
    );
    assert.equal(of(`no plan for resource ${urn}`), `What would be done to stack dev is no longer what its plan says: Secret belfry-receivers-alertmanager-slack.\n${fix}`);
  });

  it("tells a passphrase that is missing or cannot be read", () => {
    const mend =
      "  Set PULUMI_CONFIG_PASSPHRASE_FILE to the file that holds it, or PULUMI_CONFIG_PASSPHRASE to the passphrase itself.";
    const missing = "passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables";
    const unreadable = "unable to read PULUMI_CONFIG_PASSPHRASE_FILE: open /nowhere: no such file or directory";
    const open = (text: string) => told([], { operation: "open", cause: new Error(`code: 255\n stderr: error: ${text}\n`) });
    assert.equal(open(missing), `The passphrase of stack dev is missing: its secrets cannot be read.\n${mend}${nothing}`);
    assert.equal(open(unreadable), `The file that PULUMI_CONFIG_PASSPHRASE_FILE names cannot be read.\n${mend}${nothing}`);
  });

  it("tells a backend that nobody is logged in to", () => {
    assert.equal(
      told(["PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions"]),
      "Pulumi is not logged in to the backend that keeps the state.\n" +
        `  Log in (pulumi login), or name a backend: export PULUMI_BACKEND_URL=file:///path/to/state${nothing}`,
    );
  });

  it("keeps the engine's words where nothing better is known, each once", () => {
    assert.equal(
      told(["admission webhook denied the request\nbecause", "admission webhook denied the request\nbecause", "update failed"], { operation: "up" }),
      `up of stack dev failed:\n  admission webhook denied the request\n  because${recorded}`,
    );
    assert.equal(
      told(["preview failed"]),
      `preview of stack dev failed:\n  preview failed${nothing} Mend the cause, then run the same command again.`,
    );
  });

  it("tells what is known beside what is not", () => {
    assert.equal(
      told(["quota exceeded", 'kubeconfig has no context "x" with a cluster and its address']),
      "preview of stack dev failed:\n  quota exceeded\n\n" +
        '  The kubeconfig has no context "x", which belfry:cluster of stack dev names.\n' +
        "    See which there are (kubectl config get-contexts), then set KUBECONFIG, or name the right one: " +
        `pulumi config set --path belfry:cluster.context NAME --stack dev${nothing} Mend the cause, then run the same command again.`,
    );
  });
});
