/** The result of a verification for a terminal. */
import type { Outcome, ReceiverResult, VerifyResult } from "./result.ts";

const marks: Readonly<Record<Outcome, string>> = {
  passed: "passed     ",
  failed: "FAILED     ",
  unproved: "unproved   ",
  "not checked": "not checked",
};

/** Removes what could steer a terminal; names and reasons come from the cluster. */
function plain(text: string): string {
  // eslint's no-control-regex forbids the literal range, so it is named by its Unicode category.
  return text.replace(/[\p{Cc}\p{Cf}]/gu, " ");
}

function tail(seconds: number | undefined): string {
  return seconds === undefined ? "" : ` after ${seconds.toFixed(1)} s`;
}

function lines(result: ReceiverResult, width: number): string[] {
  return result.integrations.flatMap(({ integration, outcome, expected, happened, lookAt, seconds }) => {
    const title = plain(`${result.receiver} (${integration})`).padEnd(width);
    const first = `  ${marks[outcome]}  ${title}  ${plain(happened)}${outcome === "passed" ? tail(seconds) : ""}`;
    if (outcome === "passed" || outcome === "not checked") {
      return [first];
    }
    const look = (lookAt ?? "").split("\n").filter((line) => line !== "");
    return [
      `  ${marks[outcome]}  ${title}`.trimEnd(),
      `      expected: ${plain(expected)}`,
      `      happened: ${plain(happened)}`,
      ...look.map((line, index) => `      ${index === 0 ? "look at: " : "         "} ${plain(line)}`),
    ];
  });
}

/** Plain lines, each ended by a line feed; control characters are stripped. */
export function formatVerify(result: VerifyResult): string {
  const titles = result.receivers.flatMap(({ receiver, integrations }) =>
    integrations.map(({ integration }) => plain(`${receiver} (${integration})`).length),
  );
  const width = Math.max(0, ...titles);
  const verdict = result.passed
    ? `Every receiver works (${result.seconds.toFixed(0)} s, run ${plain(result.runId)}).`
    : `Not every receiver is proved (${result.seconds.toFixed(0)} s, run ${plain(result.runId)}).`;
  return [verdict, ...result.receivers.flatMap((receiver) => lines(receiver, width)), ""].join("\n");
}
