/**
 * What `belfry diff` finds, as its JSON form says it. The schema here is the documented one: a field is only ever added without
 * a new {@link diffVersion}. Values are texts without any secret, cut at {@link longestValue} characters. Pure.
 */
import { z } from "zod";

export const diffVersion = 1;

/** Characters of one value; longer ones end in `…`. */
export const longestValue = 2_000;

const valueChange = z
  .object({
    path: z.string().describe("where in the object, for example spec.containers[name=x].image"),
    before: z.string().optional().describe("absent: it was not there"),
    after: z.string().optional().describe("absent: it is gone"),
    secret: z.literal(true).optional().describe("a secret changed; neither value is shown"),
  })
  .readonly();
export type ValueChange = z.infer<typeof valueChange>;

const objectChange = z
  .object({
    kind: z.string().describe("kind of the object; Release for a Helm release of the stack"),
    namespace: z.string().optional().describe("absent: it belongs to the cluster"),
    name: z.string(),
    release: z.string().optional().describe("the Helm release that it belongs to; absent: an object of the program itself"),
    change: z.enum(["added", "removed", "changed", "replaced"]).describe("replaced: it is deleted and made anew"),
    because: z.string().optional().describe("why it is replaced, or that the cluster keeps it"),
    onlyVersionLabels: z.literal(true).optional().describe("nothing changes but labels that name a chart's version"),
    paths: z.array(valueChange).readonly(),
  })
  .readonly();
export type ObjectChange = z.infer<typeof objectChange>;

const fieldChange = z
  .object({
    field: z.enum(["expression", "for", "severity", "labels"]),
    before: z.string(),
    after: z.string(),
  })
  .readonly();

const alertChange = z
  .object({
    alert: z.string(),
    group: z.string().describe("rule file of the project, or rule group of the chart"),
    origin: z.enum(["own", "chart"]),
    change: z.enum(["added", "removed", "changed"]),
    severity: z.string().describe("after the change; before it for a removed one"),
    because: z.string().optional().describe("why it was removed"),
    fields: z.array(fieldChange).readonly(),
    toldTo: z.array(z.string()).readonly().describe("who gets it; for a removed one: who got it"),
  })
  .readonly();
export type AlertChange = z.infer<typeof alertChange>;

const receiverChange = z
  .object({
    alerts: z.array(z.string()).readonly().describe("name and severity of each alert that is there before and after"),
    lost: z.array(z.string()).readonly().describe("who does not get them any more"),
    gained: z.array(z.string()).readonly().describe("who gets them from now on"),
  })
  .readonly();
export type ReceiverChange = z.infer<typeof receiverChange>;

const amounts = z
  .object({ cpu: z.number().describe("cores"), memory: z.number().describe("bytes"), storage: z.number().describe("bytes") })
  .readonly();
export type Amounts = z.infer<typeof amounts>;

const workloadRequest = z
  .object({
    workload: z.string(),
    perNode: z.boolean().describe("runs on every node, so it stands beside the sums"),
    before: amounts.optional(),
    after: amounts.optional(),
  })
  .readonly();
export type WorkloadRequest = z.infer<typeof workloadRequest>;

const requests = z
  .object({
    before: amounts,
    after: amounts,
    perNode: z.object({ before: amounts, after: amounts }).readonly(),
    workloads: z.array(workloadRequest).readonly().describe("those that change"),
  })
  .readonly();
export type RequestsChange = z.infer<typeof requests>;

const finding = z
  .object({
    kind: z.enum(["deleted", "replaced", "privilege", "network", "image", "chart", "crd"]),
    change: z.enum(["new", "gone", "changed"]),
    object: z.string(),
    text: z.string(),
  })
  .readonly();
export type Finding = z.infer<typeof finding>;

const secretChange = z
  .object({
    key: z.string(),
    change: z.enum(["added", "removed", "changed"]),
    note: z.string().optional(),
  })
  .readonly();
export type SecretChange = z.infer<typeof secretChange>;

const stackDiff = z
  .object({
    stack: z.string(),
    failures: z
      .array(z.object({ side: z.enum(["before", "after"]), reason: z.string() }).readonly())
      .readonly()
      .describe("why a side could not be rendered; then nothing is compared"),
    notes: z.array(z.string()).readonly().describe("what could not be compared, and why"),
    findings: z.array(finding).readonly().describe("what a reviewer must not miss"),
    receivers: z.array(receiverChange).readonly(),
    alerts: z.array(alertChange).readonly(),
    requests: requests.nullable().describe("null: nothing changes"),
    secrets: z.array(secretChange).readonly(),
    objects: z.array(objectChange).readonly(),
  })
  .readonly();
export type StackDiff = z.infer<typeof stackDiff>;

export const diffReport = z
  .object({
    report: z.literal("belfry diff"),
    version: z.literal(diffVersion),
    before: z.string().describe("what is compared: a revision or a directory"),
    after: z.string(),
    stacks: z.array(stackDiff).readonly(),
  })
  .readonly();
export type DiffReport = z.infer<typeof diffReport>;

/** Whether anything differs; a side that could not be rendered counts as well. */
export function changesAnything(diff: StackDiff): boolean {
  const { failures, findings, receivers, alerts, requests: amount, secrets, objects } = diff;
  return amount !== null || [failures, findings, receivers, alerts, secrets, objects].some(({ length }) => length > 0);
}
