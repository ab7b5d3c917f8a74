/** What still arrives, and when, while Slack or the mail server misbehaves. */
import assert from "node:assert/strict";
import { sandboxTools } from "../sandbox/tools.ts";
import type { HookMood, MailMood } from "./fault-sinks.ts";
import { type FaultResult, type FaultStage, groupIntervalMs, underFault } from "./fault-scenario.ts";

interface Fault {
  readonly title: string;
  readonly broken: "slack" | "mail";
  readonly mood: HookMood | MailMood;
  /** Series of `alertmanager_notifications_failed_total` that count it; empty: Alertmanager does not give up. */
  readonly counted: readonly string[];
}

const slack = (title: string, mood: HookMood, reason: string): Fault => ({
  title: `Slack ${title}`,
  broken: "slack",
  mood,
  counted: [`slack slack ${reason}`],
});
const mail = (title: string, mood: MailMood, ...counted: string[]): Fault => ({
  title: `the mail server ${title}`,
  broken: "mail",
  mood,
  counted,
});

const faults: readonly Fault[] = [
  slack("answers 429", 429, "rateLimited"),
  slack("answers 404", 404, "clientError"),
  slack("answers 500", 500, "serverError"),
  slack("does not answer", "hang", "other"),
  mail("cannot be reached", "down", "email mail other"),
  mail("greylists", "greylisting", "email mail other"),
  mail("refuses the password", "wrong password", "email mail other"),
  mail("offers no TLS", "no TLS", "email mail other"),
  // Alertmanager waits for the banner without a limit of its own.
  mail("takes the call and says nothing", "hang"),
];

describe("delivery under fault", function () {
  this.timeout(180_000);
  let results: Promise<FaultResult>[];

  before(async function () {
    // On a machine with empty caches the program is built first.
    this.timeout(20 * 60_000);
    const { alertmanager } = await sandboxTools(["alertmanager"]);
    const set = async (stage: FaultStage, { broken, mood }: Pick<Fault, "broken" | "mood">) => {
      if (broken === "mail") await stage.mail.turn(mood as MailMood);
      else stage.slack.mood = mood as HookMood;
    };
    results = faults.map((fault) => {
      const { broken } = fault;
      const well = { broken, mood: broken === "mail" ? "well" : 200 } as const;
      return underFault(
        alertmanager,
        broken,
        (stage) => set(stage, fault),
        (stage) => set(stage, well),
      );
    });
    // A failure is reported by the test that waits for it.
    await Promise.allSettled(results);
  });

  for (const [index, { title, counted }] of faults.entries()) {
    it(`${title}: the other receiver is told at once, this one when it is back`, async () => {
      const result = await results[index];
      assert.ok(result);
      if (process.env["BELFRY_SHOW_DELIVERY"] !== undefined) {
        const seconds = (ms: number) => (ms / 1000).toFixed(1);
        process.stdout.write(
          `      other receiver after ${seconds(result.otherAfter)} s; this one ${seconds(result.recoveredAfter)} s after the fault; ` +
            `counted: ${JSON.stringify([...result.failures])}\n`,
        );
      }
      assert.deepEqual([...result.failures.keys()], counted);
      assert.deepEqual(result.titles.map(withoutEnvironment), [
        "[FIRING: 1] Lasting in shop, critical",
        "[RESOLVED: 1] Lasting in shop, critical",
      ]);
      assert.deepEqual(result.otherTitles.map(withoutEnvironment).sort(), [
        "[FIRING: 1] Brief in shop, critical",
        "[FIRING: 1] Lasting in shop, critical",
        "[RESOLVED: 1] Brief in shop, critical",
        "[RESOLVED: 1] Lasting in shop, critical",
      ]);
      // The promise: within its group's interval and 60 s.
      assert.ok(result.recoveredAfter <= groupIntervalMs + 60_000, `${String(result.recoveredAfter)} ms`);
    });
  }
});

const withoutEnvironment = (title: string) => title.replace(/ \([^)]*\)$/, "");
