import assert from "node:assert/strict";
import { bindCluster } from "../../../automation/start/bind-cluster.ts";

const uid = "5f6c1f0e-0000-4000-8000-000000000001";
const file = "# dev\nconfig:\n  # where it runs\n  belfry:platform: kind\n";

describe("a stack and its cluster", () => {
  it("are recorded in the stack's file, which keeps its comments", () => {
    assert.equal(
      bindCluster(file, "Pulumi.dev.yaml", { context: "kind-dev", kubeSystemUid: uid }),
      `${file}  belfry:cluster:\n    context: kind-dev\n    kubeSystemUid: ${uid}\n`,
    );
  });

  it("once recorded, leave the file as it is", () => {
    const bound = bindCluster(file, "Pulumi.dev.yaml", { context: "kind-dev", kubeSystemUid: uid });
    assert.equal(bindCluster(bound, "Pulumi.dev.yaml", { context: "kind-dev", kubeSystemUid: uid }), bound);
  });

  it("refuse another cluster", () => {
    const bound = bindCluster(file, "Pulumi.dev.yaml", { context: "kind-dev", kubeSystemUid: uid });
    assert.throws(() => bindCluster(bound, "Pulumi.dev.yaml", { context: "prod", kubeSystemUid: "other" }), {
      message:
        `Pulumi.dev.yaml: this stack belongs to another cluster: kube-system has UID ${uid} there and other in the cluster of context prod.\n` +
        "  Name the right context, or make a stack of its own for this cluster: pulumi stack init STACK",
    });
  });
});
