import assert from "node:assert/strict";
import * as fc from "fast-check";
import { code, codeBlock, cut, oneLine, withoutSecrets } from "../../../automation/diff/text.ts";

/** Names as somebody who means harm would choose them. */
const hostile = [
  "<!channel>", "@team", "@org/team", "a|b", "a\\|b", "a\\\\|b", "`tick`", "``two``", "</details>", "<script>alert(1)</script>", "[x](https://evil.example.com)",
  "https://evil.example.com", "www.evil.example.com", "#1", "**bold**", "a\nb", "a\r\n# Title", "\u202eesrever", "\u0000\u001b[31mred", "| --- |", "![i](https://evil.example.com/i.png)",
];

/** The content of a code span, read as GitHub reads a cell of a table; undefined when the text is more than one span. */
function spanContent(text: string): string | undefined {
  const fence = /^`+/.exec(text)?.[0] ?? "";
  if (fence === "" || text.length < fence.length * 2 + 1 || !text.endsWith(fence)) return undefined;
  const content = text.slice(fence.length, -fence.length);
  const runs = Array.from(content.matchAll(/`+/g), ([run]) => run.length);
  return runs.includes(fence.length) || content.startsWith("`") || content.endsWith("`") ? undefined : content;
}

/** A bar that ends a cell: one that no backslash stands before, where a backslash takes the character behind it along. */
function endsCell(text: string): boolean {
  return text.replaceAll(/\\./gs, "").includes("|");
}

describe("foreign text in Markdown", () => {
  it("is one code span on one line that ends no cell of a table, whatever it holds", () => {
    const check = (text: string) => {
      const span = code(text);
      assert.notEqual(spanContent(span), undefined, `${JSON.stringify(text)} became ${span}`);
      assert.doesNotMatch(span, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      assert.ok(!endsCell(span), span);
    };
    hostile.forEach(check);
    const nasty = fc.string({ unit: fc.constantFrom("`", "|", "\\", "\n", "a", " ", "<", "@", "\u202e") });
    fc.assert(fc.property(fc.oneof(nasty, fc.string({ unit: "binary" })), check), { numRuns: 2_000 });
  });

  it("stays readable", () => {
    assert.equal(code("Service shop/web"), "`Service shop/web`");
    assert.equal(code("a|b"), "`a\\|b`");
    assert.equal(code("a\\|b"), "`a\\ \\|b`");
    assert.equal(code("say `x`"), "`` say `x` ``");
    assert.equal(code("a\nb\u202ec"), "`a ⏎ b\\u{202e}c`");
    assert.equal(code(" "), "` `");
  });

  it("is cut between characters", () => {
    assert.equal(cut("abcdef", 6), "abcdef");
    assert.equal(cut("abcdefg", 6), "abcde…");
    assert.equal(cut("😀😀😀😀", 6), "😀😀…");
    assert.equal(code("x".repeat(500)).length, 162);
  });

  it("in a block of code does not end it", () => {
    assert.equal(codeBlock("a\n```\n@team </details>\n````\nb", 100), "`````text\na\n```\n@team </details>\n````\nb\n`````");
    assert.equal(codeBlock("\u001b[31m", 100), "```text\n\\u{1b}[31m\n```");
    assert.equal(codeBlock("x".repeat(50), 10), "```text\nxxxxxxxxx…\n```");
  });

  it("is searched for credentials in a time that grows with its length only", () => {
    const long = "a-password".repeat(100_000);
    const startedAt = performance.now();
    assert.equal(withoutSecrets(long), long);
    // Milliseconds when it is linear; minutes when it is not.
    assert.ok(performance.now() - startedAt < 5_000);
  });

  it("on a terminal moves nothing", () => {
    assert.equal(oneLine("a\u001b[2Jb\rc\td"), "a\\u{1b}[2Jb\\u{d}c d");
  });
});
