import assert from "node:assert/strict";

import { checkCluster } from "../../../components/cluster/identity.ts";
import { stackCluster } from "../../../components/cluster/index.ts";
import { UserError } from "../../../config/user-error.ts";
import { collectResources } from "../../harness.ts";

const uid = "0b4d4f3a-6a3b-4f0e-9f0c-2f9d3f1f7a55";
const other = "11111111-2222-4333-8444-555555555555";
const recordUrn = "urn:pulumi:prod::belfry::pulumi:index:Stash::cluster-record";

describe("a stack's cluster", () => {
  it("is accepted before it was recorded, and when it is the recorded one", () => {
    checkCluster({ stack: "prod", uid });
    checkCluster({ stack: "prod", uid, configured: uid, recorded: uid, recordUrn });
  });

  it("is refused when the settings name another one", () => {
    assert.throws(
      () => checkCluster({ stack: "prod", uid, configured: other, context: "prod-eu" }),
      new UserError(
        `Stack prod belongs to another cluster: its settings name the one with kube-system UID ${other}, but context prod-eu leads to ${uid}.`,
        "Set belfry:cluster to the right context, or make a new stack for this cluster: pulumi stack init NAME",
      ),
    );
  });

  it("is refused when the first up was in another one", () => {
    assert.throws(
      () => checkCluster({ stack: "prod", uid, recorded: other, recordUrn }),
      new UserError(
        `Stack prod belongs to another cluster: at its first up it was the one with kube-system UID ${other}, but the current context leads to ${uid}.`,
        "Set belfry:cluster to the right context, or make a new stack for this cluster: pulumi stack init NAME. " +
          "If the stack has moved on purpose, replace the record: " +
          `pulumi refresh --stack prod, then pulumi up --stack prod --replace '${recordUrn}'`,
      ),
    );
  });

  it("is refused when it does not say who it is", () => {
    assert.throws(
      () => checkCluster({ stack: "prod", uid: undefined, context: "prod-eu" }),
      new UserError(
        "The cluster of context prod-eu did not say who it is: the namespace kube-system could not be read.",
        "Check the connection: kubectl get namespace kube-system --context prod-eu",
      ),
    );
  });

  const bind = (cluster: { context?: string; kubeSystemUid?: string }, recorded: string, retain = false) =>
    collectResources(
      async () => {
        const storage = { prometheus: "1Gi", alertmanager: "1Gi", retain };
        const provider = await stackCluster({ stack: "test", cluster, storage });
        return { urn: provider.urn };
      },
      {
        stateOf: ({ type }): Record<string, unknown> => {
          if (type === "pulumi:index:Stash") return { output: recorded };
          return type === "kubernetes:core/v1:Namespace" ? { metadata: { uid } } : {};
        },
      },
    );

  it("is recorded, through the context of the settings", async () => {
    const { resources } = await bind({ context: "prod-eu", kubeSystemUid: uid }, uid);
    assert.deepEqual(
      resources.map(({ type, name, inputs }) => [type, name, inputs]),
      [
        ["pulumi:providers:kubernetes", "cluster", { context: "prod-eu", enableConfigMapMutable: "true", enableSecretMutable: "true" }],
        ["pulumi:index:Stash", "cluster-record", { input: uid }],
      ],
    );
  });

  it("may hold namespaces that were kept for their volumes, which are taken over then", async () => {
    const { resources } = await bind({}, uid, true);
    assert.deepEqual(resources.find(({ name }) => name === "cluster")?.inputs, {
      enableConfigMapMutable: "true",
      enableSecretMutable: "true",
      upsertExistingObjects: "true",
    });
  });

  it("is refused by its record before anything else is made", async () => {
    await assert.rejects(bind({}, other), /^UserError: Stack test belongs to another cluster: at its first up/);
  });

  it("is not recorded when the settings name another one", async () => {
    await assert.rejects(bind({ kubeSystemUid: other }, other), /^UserError: Stack test belongs to another cluster: its/);
  });
});
