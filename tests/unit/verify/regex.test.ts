import assert from "node:assert/strict";
import { sampleStrings, translateRegex } from "../../../automation/verify/regex.ts";

/** Expression, strings that Go's regular expression matches when anchored, strings that it does not. */
const cases: readonly [string, readonly string[], readonly string[]][] = [
  ["critical|warning", ["critical", "warning"], ["criticals", "not-critical", ""]],
  ["a.c", ["abc", "a\rc", "a\u2028c"], ["a\nc", "ac"]],
  ["team-(a|b)", ["team-a", "team-b"], ["team-c"]],
  ["(?P<x>ab)+", ["ab", "abab"], ["a"]],
  ["(?i)critical", ["Critical", "CRITICAL"], ["critica"]],
  ["[^a]", ["b", "\n"], ["a", ""]],
  ["\\s", [" ", "\t"], ["\v", "\u00a0"]],
  ["a\\.b\\-c_\\_\\/", ["a.b-c__/"], ["axb-c__/"]],
  ["[\\w.-]+@x", ["a.b-c@x"], ["@x"]],
  ["\\d{2,3}", ["12", "123"], ["1", "1234"]],
  ["\\Aab\\z", ["ab"], ["abc"]],
  ["a}b]", ["a}b]"], ["ab"]],
  ["😀?", ["😀", ""], ["😀😀"]],
  ["", [""], ["a"]],
  [".*", ["", "anything"], ["a\nb"]],
];

describe("Go regular expressions", () => {
  for (const [expression, yes, no] of cases) {
    it(`matches as Go does: ${expression}`, () => {
      const regex = translateRegex(expression);
      assert.deepEqual(
        yes.map((text) => regex?.test(text)),
        yes.map(() => true),
      );
      assert.deepEqual(
        no.map((text) => regex?.test(text)),
        no.map(() => false),
      );
    });
  }
  for (const refused of [
    "(?s).",
    "a(?i)b",
    "[[:alpha:]]",
    "\\pL",
    "\\Qa\\E",
    "\\x41",
    "[]a]",
    "a{",
    "(?=a)",
    "\\1",
    "a\\",
    "(",
    "\\C",
  ]) {
    it(`does not guess: ${refused}`, () => assert.equal(translateRegex(refused), undefined));
  }
  it("makes strings that the expression matches", () => {
    const expressions = [
      "critical|warning",
      "team-(a|b)",
      "(?i)prod",
      "prod-.+",
      ".*-db",
      "[abc]x",
      "(info|none)",
      "v\\d+",
      "a?b*",
    ];
    for (const expression of expressions) {
      const regex = translateRegex(expression);
      assert.ok(
        sampleStrings(expression).some((sample) => regex?.test(sample)),
        expression,
      );
    }
  });
  it("makes a string for each alternative", () => {
    assert.deepEqual(sampleStrings("critical|warning", [""]), ["critical", "warning"]);
    assert.deepEqual(sampleStrings("team-(a|b)", [""]), ["team-a|b", "team-a", "team-b"]);
  });
});
