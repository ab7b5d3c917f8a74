import assert from "node:assert/strict";
import { judgeSlackPayload, slackTextLimit } from "../../../sandbox/sinks/slack.ts";

const judge = (payload: unknown) => judgeSlackPayload(JSON.stringify(payload), "application/json");

describe("Slack's webhook rules", () => {
  it("reads what Alertmanager sends", () => {
    const payload = {
      channel: "#alerts",
      username: "Alertmanager",
      attachments: [
        {
          title: "[FIRING: 1] Watch &amp; ward",
          title_link: "http://127.0.0.1:9093/#/alerts",
          text: "*down*",
          fallback: "short",
          color: "danger",
          fields: [{ title: "Pod", value: "a-1", short: true }],
          mrkdwn_in: ["text"],
        },
      ],
    };
    assert.deepEqual(judge(payload), {
      status: 200,
      body: "ok",
      message: {
        kind: "slack",
        channel: "#alerts",
        username: "Alertmanager",
        text: "",
        title: "[FIRING: 1] Watch &amp; ward",
        fallback: "short",
        attachments: [
          {
            color: "danger",
            pretext: "",
            title: "[FIRING: 1] Watch &amp; ward",
            titleLink: "http://127.0.0.1:9093/#/alerts",
            text: "*down*",
            fields: [{ title: "Pod", value: "a-1", short: true }],
            footer: "",
          },
        ],
        blocks: [],
        payload,
      },
    });
  });

  it("reads the texts of blocks", () => {
    const verdict = judge({
      blocks: [
        { type: "header", text: { type: "plain_text", text: "Title" } },
        { type: "section", fields: [{ type: "mrkdwn", text: "*a*" }] },
        { type: "divider" },
        { type: "context", elements: [{ type: "mrkdwn", text: "small" }] },
      ],
    });
    assert.equal(verdict.status, 200);
    assert.deepEqual(verdict.message.blocks, ["Title", "*a*", "small"]);
  });

  it("takes a form with the field payload", () => {
    const body = new URLSearchParams({ payload: '{"text":"a & b"}' }).toString();
    const verdict = judgeSlackPayload(body, "application/x-www-form-urlencoded; charset=utf-8");
    assert.equal(verdict.status, 200);
    assert.equal(verdict.message.text, "a & b");
  });

  const refused: [string, string, string][] = [
    ["no JSON", "{", "invalid_payload"],
    ["nothing", "", "invalid_payload"],
    ["a list", "[]", "invalid_payload"],
    ["a string", '"text"', "invalid_payload"],
    ["a text that is no string", '{"text":1}', "invalid_payload"],
    ["attachments that are no list", '{"attachments":{}}', "invalid_payload"],
    ["an attachment that is no object", '{"attachments":["a"]}', "invalid_payload"],
    ["no text", "{}", "no_text"],
    ["a blank text", '{"text":" \\n"}', "no_text"],
    [
      "101 attachments",
      JSON.stringify({ text: "a", attachments: Array(101).fill({ text: "a" }) }),
      "too_many_attachments",
    ],
    ["too long a text", JSON.stringify({ text: "é".repeat(slackTextLimit + 1) }), "msg_too_long"],
    [
      "too long a text in pieces",
      JSON.stringify({ attachments: [{ text: "a".repeat(slackTextLimit) }, { title: "a" }] }),
      "msg_too_long",
    ],
  ];
  for (const [what, body, word] of refused) {
    it(`refuses ${what}`, () => {
      assert.deepEqual(judgeSlackPayload(body, "application/json"), { status: 400, body: word });
    });
  }

  it("counts characters, not bytes: 40,000 are taken", () => {
    assert.equal(judge({ text: "🔔".repeat(slackTextLimit) }).body, "ok");
    assert.equal(judge({ text: "a", attachments: Array(100).fill({ text: "a" }) }).body, "ok");
  });
});
