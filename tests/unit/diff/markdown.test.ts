import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { compareStack } from "../../../automation/diff/compare.ts";
import { diffSchema, diffSchemaFile } from "../../../automation/diff/json-schema.ts";
import { longestMarkdown, markdownReport } from "../../../automation/diff/markdown.ts";
import { changesAnything, diffReport } from "../../../automation/diff/model.ts";
import { terminalReport } from "../../../automation/diff/terminal.ts";
import { alert, compared, object, report, rules, side } from "./stage.ts";

const evil = "<!channel> @team |x| `tick` </details> [l](https://evil.example.com)";

const hostileDiff = () => {
  const labels = { severity: evil, [evil]: evil };
  const before = { objects: [object("ConfigMap", "settings", { [evil]: evil }), rules("g", alert("A", { labels }))] };
  return compared(before, {
    objects: [object("ConfigMap", "settings", { [evil]: `${evil}2` }), object(evil, evil, { data: evil }), rules("g", alert("A", { expr: evil, labels: { severity: "critical" } }), alert(evil, { labels }))],
    config: { route: { receiver: evil }, receivers: [{ name: evil, slack_configs: [{ channel: evil }] }] },
  });
};

/** Markdown with everything in code spans taken out. */
function outsideOfCode(text: string): string {
  return text.replaceAll(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, "");
}

describe("the report as Markdown", () => {
  it("is whole for a small change", () => {
    const diff = compared({ objects: [object("Service", "gone")] }, { objects: [object("ConfigMap", "new")] });
    assert.equal(
      markdownReport(report(diff)),
      [
        "## What changes",
        "From `main` to `feature`.",
        "### Stack `prod`",
        "**1 object deleted**, 1 object added.",
        "- Compared by their values only, without the objects that their charts make of them: `kube-prometheus-stack`",
        "**To look at**",
        "- **deleted**: `Service monitoring/gone`",
        "<details><summary>All objects (2)</summary>",
        "- **removed** `Service monitoring/gone`\n- added `ConfigMap monitoring/new`",
        "</details>\n",
      ].join("\n\n"),
    );
  });

  it("says that nothing changes", () => {
    const diff = compared({}, {});
    assert.equal(changesAnything(diff), false);
    assert.match(markdownReport(report(diff)), /^### Stack `prod`\n\nNothing changes\.$/m);
  });

  it("lets nothing foreign out of its code spans: no mention, link, HTML or end of a table", () => {
    const diff = hostileDiff();
    const text = markdownReport({ ...report({ ...diff, notes: [...diff.notes, `Not compared: ${evil}: ${evil}`] }), before: evil, after: evil });
    const outside = outsideOfCode(text).replaceAll(/<\/?(?:details|summary)>/g, "");
    assert.doesNotMatch(outside, /[@<>[\]]|evil|channel|tick/);
    const rows = outside.split("\n").filter((line) => line.startsWith("|"));
    assert.ok(rows.length >= 6, text);
    // Three, four or four columns: no row has more bars than its table.
    assert.deepEqual([...new Set(rows.map((row) => row.split("|").length))].sort(), [5, 6]);
    assert.equal(text.match(/<\/details>$/gm)?.length, 1);
  });

  const many = (count: number) => Array.from({ length: count }, (_, index) => object("ConfigMap", `gone-${String(index)}-${"x".repeat(100)}`));

  it("is bounded, and keeps the important of every stack before the rest of any", () => {
    const lost = { ...compared({ objects: many(3_000) }, {}), stack: "dev" };
    const routed = { ...compared({ objects: [rules("g", alert("Important"))] }, { objects: [rules("g", alert("Important", { labels: { severity: "critical" } }))] }), stack: "prod" };
    const text = markdownReport(report(lost, routed));
    assert.ok(text.length <= longestMarkdown, String(text.length));
    assert.ok(text.length > longestMarkdown / 2, String(text.length));
    for (const expected of ["**3000 objects deleted**", "**Who is told**", "`Important (critical)`", "### Stack `prod`"]) assert.ok(text.includes(expected), expected);
    assert.match(text, /^- and \d+ more$/m);
    assert.ok(text.endsWith("Not everything has room here: `npm run belfry -- diff --json` has all of it.\n"));
    const details = text.match(/<details>/g)?.length ?? 0;
    assert.equal(text.match(/^<\/details>$/gm)?.length ?? 0, details);
  });

  it("is bounded for any number of stacks and any limit, and never in the middle of a table", () => {
    const one = compared({ objects: many(20) }, { objects: [rules("g", alert("New"))] });
    const stacks = Array.from({ length: 500 }, (_, index) => ({ ...one, stack: `stack-${String(index)}` }));
    assert.ok(markdownReport(report(...stacks)).length <= longestMarkdown);
    for (let limit = 2_000; limit < 8_000; limit += 97) {
      const text = markdownReport(report(one, { ...one, stack: "two" }), limit);
      assert.ok(text.length <= limit, `${String(text.length)} of ${String(limit)}`);
      assert.doesNotMatch(text, /^\|---[^\n]*\n(?!\|)/m);
    }
  });

  it("shows why a side failed, bounded, masked and as it was said", () => {
    const diff = compareStack("prod", { failure: `Boom </details> @team\n\`\`\`\nhttps://user:canary@x ${"y".repeat(9_000)}` }, side({}));
    const text = markdownReport(report(diff));
    assert.match(text, /^\*\*Not compared\.\*\*\n\n`main` could not be rendered, so nothing is compared:\n\n````text\nBoom <\/details> @team\n```\nhttps:\/\/\*\*\*@x y+…\n````$/m);
    assert.ok(text.length < 2_500, String(text.length));
  });
});

describe("the report for a terminal", () => {
  it("is the same in plain words", () => {
    const diff = compared({ objects: [object("Service", "gone")] }, { objects: [object("ConfigMap", "new")] });
    assert.equal(
      terminalReport(report(diff), { bold: false }),
      [
        "From main to feature",
        "",
        "Stack prod",
        "  1 object deleted, 1 object added.",
        "  Compared by their values only, without the objects that their charts make of them: kube-prometheus-stack.",
        "",
        "  To look at",
        "    deleted: Service monitoring/gone",
        "",
        "  All objects",
        "    removed Service monitoring/gone",
        "    added ConfigMap monitoring/new",
        "",
      ].join("\n"),
    );
  });

  it("has bold letters where asked for, and nothing foreign that moves the cursor", () => {
    const diff = compared({ objects: [object("Service", "\u001b[2Jgone")] }, {});
    const text = terminalReport(report(diff), { bold: true });
    assert.ok(text.includes("\u001b[1mdeleted\u001b[22m: Service monitoring/\\u{1b}[2Jgone"));
    assert.ok(!text.includes("\u001b[2J"));
  });
});

describe("the report as JSON", () => {
  it("has the documented form", async () => {
    const all = report(hostileDiff(), compareStack("dev", { failure: "x" }, side({})), compareStack("new", undefined, side({})));
    assert.deepEqual(diffReport.parse(JSON.parse(JSON.stringify(all))), all);
    const file = await readFile(join(import.meta.dirname, "..", "..", "..", diffSchemaFile), "utf8");
    assert.equal(file, diffSchema(), `${diffSchemaFile} is not up to date: npm run docs`);
  });
});
