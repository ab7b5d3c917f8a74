import assert from "node:assert/strict";
import type { AlertmanagerAccess, Answer } from "../../../automation/verify/alertmanager.ts";
import { verifyAlertmanagers } from "../../../automation/verify/run.ts";

const hints = { logs: "LOGS", silence: (id: string) => id, secret: (file: string) => file };

function fake(answer: (method: string, path: string) => Answer | Promise<Answer>): AlertmanagerAccess {
  return { name: "am-0", request: async (method, path) => answer(method, path) };
}
const status = (config: string): Answer => ({
  status: 200,
  body: JSON.stringify({ config: { original: config }, uptime: "2026-01-01T00:00:00Z" }),
});
const verify = (access: AlertmanagerAccess) =>
  verifyAlertmanagers({
    alertmanagers: [access],
    hints,
    report: () => undefined,
    signal: new AbortController().signal,
    configSeconds: 0,
  });

describe("a verification", () => {
  it("proves nothing with a configuration that it cannot read", async () => {
    const result = await verify(fake(() => status("route: {receiver: a, matchers: ['?']}")));
    assert.equal(result.passed, false);
    assert.deepEqual(result.receivers, [
      {
        receiver: "all receivers",
        integrations: [
          {
            integration: "configuration",
            outcome: "unproved",
            expected: "a configuration that verify understands",
            happened: 'the matcher "?" cannot be read',
            lookAt: "Alertmanager's page Status",
          },
        ],
      },
    ]);
  });
  it("fails where the running configuration tells nobody", async () => {
    const result = await verify(fake(() => status("route: {receiver: 'null'}\nreceivers: [{name: 'null'}]")));
    assert.equal(result.passed, false);
    assert.deepEqual(
      result.receivers.map(({ integrations }) => integrations[0]?.happened),
      ["the running configuration has none"],
    );
  });

  const problems: readonly [string, () => Answer | Promise<Answer>, string][] = [
    [
      "answers with an error",
      () => ({ status: 404, body: "" }),
      "am-0: GET /api/v2/status was answered with status 404.\n" +
        "  Is it an Alertmanager of version 0.27 or newer, and ready? Its log says more.",
    ],
    [
      "answers with something else",
      () => ({ status: 200, body: "<html>" }),
      "am-0: the answer to /api/v2/status is not JSON.\n  Something else than Alertmanager answers at its port 9093.",
    ],
    [
      "does not answer",
      () => Promise.reject(new Error("connection reset")),
      "am-0 does not answer (GET /api/v2/status: connection reset).\n" +
        "  See whether the pod is ready, and run verify again.",
    ],
  ];
  for (const [what, answer, message] of problems) {
    it(`says what to do when Alertmanager ${what}`, async () => {
      await assert.rejects(verify(fake(answer)), { name: "UserError", message });
    });
  }
  it("asks again after a broken connection", async () => {
    let calls = 0;
    const result = await verify(
      fake(() => {
        calls += 1;
        return calls === 1
          ? Promise.reject(new Error("connection reset"))
          : status("route: {receiver: a}\nreceivers: [{name: a}]");
      }),
    );
    assert.deepEqual([calls, result.passed], [2, false]);
  });
});
