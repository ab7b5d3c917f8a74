import assert from "node:assert/strict";
import {
  describeMatcher,
  makeMatcher,
  matches,
  matchesAll,
  parseMatchers,
} from "../../../automation/verify/matchers.ts";

const read = (line: string) => parseMatchers(line)?.map(({ name, operator, value }) => [name, operator, value]);

describe("matchers", () => {
  const lines: readonly [string, readonly (readonly [string, string, string])[]][] = [
    ['severity="critical"', [["severity", "=", "critical"]]],
    ["severity=critical", [["severity", "=", "critical"]]],
    [
      '{severity=~"a|b",team!="x"}',
      [
        ["severity", "=~", "a|b"],
        ["team", "!=", "x"],
      ],
    ],
    [
      'severity !~ "a,b" , x=y,',
      [
        ["severity", "!~", "a,b"],
        ["x", "=", "y"],
      ],
    ],
    ['a="say \\"hi\\"\\n\\\\"', [["a", "=", 'say "hi"\n\\']]],
    ['"my label"="ü\\u00e9\\t"', [["my label", "=", "üé\t"]]],
    ["äöü=ß", [["äöü", "=", "ß"]]],
    ["a=", [["a", "=", ""]]],
    ["a=b.*[c]", [["a", "=", "b.*[c]"]]],
    // Only the older form takes an unknown escape and a space in an unquoted value.
    ['a=~"\\d+"', [["a", "=~", "\\d+"]]],
    ["a=b c", [["a", "=", "b c"]]],
    // Both forms read it and disagree: the older one wins.
    ['a="\\\\d\\t"', [["a", "=", "\\d\\t"]]],
    // The older form takes a single brace, too.
    ["{a=b", [["a", "=", "b"]]],
    ["{}", []],
    ["", []],
  ];
  for (const [line, expected] of lines) {
    it(`reads ${JSON.stringify(line)}`, () => assert.deepEqual(read(line), expected));
  }
  for (const line of ["severity", '="a"', 'a="b', '"a b"', 'a="b"c"', '"x\\ud800"="y"']) {
    it(`refuses ${JSON.stringify(line)}`, () => assert.equal(read(line), undefined));
  }

  it("treats an absent label as an empty one", () => {
    const table = [
      [makeMatcher("a", "=", ""), true],
      [makeMatcher("a", "!=", ""), false],
      [makeMatcher("a", "!=", "x"), true],
      [makeMatcher("a", "=~", "x?"), true],
      [makeMatcher("a", "!~", "x+"), true],
    ] as const;
    assert.deepEqual(
      table.map(([matcher]) => matches(matcher, {})),
      table.map(([, expected]) => expected),
    );
  });
  it("does not take a member of every object for a label", () => {
    assert.equal(matches(makeMatcher("constructor", "=", ""), {}), true);
  });
  it("says that it cannot judge where the expression cannot be translated, unless another matcher decides", () => {
    const unknown = makeMatcher("a", "=~", "\\pL");
    assert.equal(matches(unknown, { a: "x" }), undefined);
    assert.equal(matches(makeMatcher("a", "!~", "\\pL"), { a: "x" }), undefined);
    assert.equal(matchesAll([unknown, makeMatcher("b", "=", "1")], { a: "x" }), false);
    assert.equal(matchesAll([unknown, makeMatcher("b", "=", "1")], { a: "x", b: "1" }), undefined);
    assert.equal(matchesAll([], {}), true);
  });
  it("is shown as it is written", () => {
    assert.equal(describeMatcher(makeMatcher("a", "=~", 'x"y')), 'a=~"x\\"y"');
  });
});
