import assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { OperationProgress, resourceTitle } from "../../../automation/events.ts";

const urn = "urn:pulumi:dev::belfry::belfry:stack:Stack$kubernetes:helm.sh/v3:Release::belfry-stack-release";
const component = "urn:pulumi:dev::belfry::belfry:stack:Stack::belfry-stack";
const event = (body: object) => ({ sequence: 1, timestamp: 1, ...body }) as EngineEvent;

describe("the engine's events", () => {
  it("become lines with the time that a resource took", () => {
    let now = 0;
    const progress = new OperationProgress(() => now);
    assert.equal(progress.take(event({ resourcePreEvent: { metadata: { op: "create", urn } } })), undefined);
    now = 12_300;
    assert.deepEqual(progress.underWay(), ["creating Release belfry-stack-release (12 s)"]);
    assert.equal(
      progress.take(event({ resOutputsEvent: { metadata: { op: "create", urn } } })),
      "created Release belfry-stack-release in 12 s",
    );
    assert.deepEqual(progress.underWay(), []);
  });

  it("say nothing about components and about what stays the same", () => {
    const progress = new OperationProgress(() => 0);
    for (const [op, of] of [["create", component], ["same", urn]] as const) {
      progress.take(event({ resourcePreEvent: { metadata: { op, urn: of } } }));
      assert.deepEqual(progress.underWay(), []);
      assert.equal(progress.take(event({ resOutputsEvent: { metadata: { op, urn: of } } })), undefined);
    }
  });

  it("keep each error once, without colours", () => {
    const progress = new OperationProgress(() => 0);
    const message = "<{%fg 1%}>error: <{%reset%}>the chart cannot be had\n";
    for (let i = 0; i < 2; i++) progress.take(event({ diagnosticEvent: { severity: "error", message, color: "never" } }));
    progress.take(event({ diagnosticEvent: { severity: "warning", message: "careful", color: "never" } }));
    assert.deepEqual(progress.errors(), ["error: the chart cannot be had"]);
  });

  it("tell a failed resource and count the changes", () => {
    const progress = new OperationProgress(() => 0);
    assert.equal(
      progress.take(event({ resOpFailedEvent: { metadata: { op: "update", urn } } })),
      "failed: Release belfry-stack-release",
    );
    assert.equal(progress.changes(), undefined);
    progress.take(event({ summaryEvent: { resourceChanges: { same: 3, create: 2, update: 1 } } }));
    assert.deepEqual(progress.changes(), { same: 3, create: 2, update: 1, replace: 0, delete: 0 });
  });

  it("list each resource that changes once, with the names of what differs", () => {
    const progress = new OperationProgress(() => 0);
    const steps = [
      { op: "create", urn: component },
      { op: "same", urn: `${urn}-same` },
      { op: "update", urn, diffs: ["version", "values", "values"] },
      { op: "create-replacement", urn: `${urn}-other`, diffs: ["name"] },
      { op: "replace", urn: `${urn}-other`, diffs: ["name"] },
      { op: "delete-replaced", urn: `${urn}-other` },
      { op: "delete", urn: `${urn}-old`, diffs: ["name"] },
    ];
    for (const metadata of steps) progress.take(event({ resourcePreEvent: { metadata } }));
    assert.deepEqual(progress.planned(), [
      { operation: "update", resource: "Release belfry-stack-release", properties: ["values", "version"] },
      { operation: "replace", resource: "Release belfry-stack-release-other", properties: ["name"] },
      { operation: "delete", resource: "Release belfry-stack-release-old", properties: [] },
    ]);
  });

  it("name a resource by kind and name", () => {
    assert.equal(resourceTitle(urn), "Release belfry-stack-release");
  });
});
