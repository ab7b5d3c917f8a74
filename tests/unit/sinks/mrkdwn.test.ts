import assert from "node:assert/strict";
import fc from "fast-check";
import { mrkdwnToText, parseMrkdwn, type Piece } from "../../../sandbox/sinks/mrkdwn.ts";

describe("Slack's text format", () => {
  const cases: [string, Piece[]][] = [
    ["plain &lt;b&gt; &amp;amp; &quot;", [{ type: "text", text: "plain <b> &amp; &quot;" }]],
    ["*bold*", [{ type: "bold", pieces: [{ type: "text", text: "bold" }] }]],
    [
      "a *b* c",
      [
        { type: "text", text: "a " },
        { type: "bold", pieces: [{ type: "text", text: "b" }] },
        { type: "text", text: " c" },
      ],
    ],
    [
      "_it_ ~no~",
      [
        { type: "italic", pieces: [{ type: "text", text: "it" }] },
        { type: "text", text: " " },
        { type: "strike", pieces: [{ type: "text", text: "no" }] },
      ],
    ],
    ["snake_case_name 2*3*4 * a *", [{ type: "text", text: "snake_case_name 2*3*4 * a *" }]],
    ["`*code* &lt;`", [{ type: "code", text: "*code* <" }]],
    ["```\na\n*b*\n```", [{ type: "block", text: "a\n*b*" }]],
    [
      "*<https://a.example/_x_|Run *>*",
      [
        { type: "text", text: "*" },
        { type: "link", url: "https://a.example/_x_", label: "Run *" },
        { type: "text", text: "*" },
      ],
    ],
    ["*<https://a.example|go>*", [{ type: "bold", pieces: [{ type: "link", url: "https://a.example", label: "go" }] }]],
    [
      "<https://a.example/?a=1&amp;b=2>",
      [{ type: "link", url: "https://a.example/?a=1&b=2", label: "https://a.example/?a=1&b=2" }],
    ],
    ["<javascript:alert(1)|x>", [{ type: "text", text: "x (javascript:alert(1))" }]],
    ["<data:text/html,x>", [{ type: "text", text: "<data:text/html,x>" }]],
    ["<https://a.example/ b|x>", [{ type: "text", text: "x (https://a.example/ b)" }]],
    [
      "<!channel> <!here|here> <@U1> <#C1|ops>",
      [
        { type: "mention", text: "@channel" },
        { type: "text", text: " " },
        { type: "mention", text: "@here" },
        { type: "text", text: " " },
        { type: "mention", text: "@U1" },
        { type: "text", text: " " },
        { type: "mention", text: "#ops" },
      ],
    ],
    ["&lt;!channel&gt;", [{ type: "text", text: "<!channel>" }]],
    ["<!date^1^{date}|today>", [{ type: "text", text: "today" }]],
    ["", []],
  ];
  for (const [source, pieces] of cases) {
    it(`reads ${JSON.stringify(source)}`, () => {
      assert.deepEqual(parseMrkdwn(source), pieces);
    });
  }

  it("becomes plain text", () => {
    const source = "*a* `b` <https://a.example|go> <https://b.example> &amp;";
    assert.equal(mrkdwnToText(source), "a b go (https://a.example) https://b.example &");
  });

  it("keeps every letter of any text", () => {
    const letters = (text: string) => text.replace(/[^a-z]/g, "");
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "b", "*", "_", "~", "`", "\n", " ", "<", ">", "|") }),
        (source) => {
          const text = mrkdwnToText(source);
          // The order of a label and its address is the only thing that changes.
          assert.deepEqual(letters(text).split("").sort(), letters(source).split("").sort());
        },
      ),
    );
  });

  it("takes a long text of unfinished marks in no time", () => {
    const started = performance.now();
    for (const unit of ["*", "_a", "`", "``` ", "<", "*a", "~a b"]) parseMrkdwn(unit.repeat(20_000));
    assert.ok(performance.now() - started < 5_000);
  });
});
