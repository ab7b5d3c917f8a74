/** Every query of every dashboard, parsed by a real Prometheus and held against the metrics that the stack has. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { dashboards } from "../../components/grafana/dashboards.ts";
import { jobNames } from "../../components/shared/names.ts";
import { sandboxTools } from "../sandbox/tools.ts";
import { knownMetrics, trivySeverities } from "./known-metrics.ts";

interface Target {
  readonly expr: string;
}

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly description: string;
  readonly targets: readonly Target[];
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[] };
}

/** What is used of the tree that Prometheus makes of a query. */
interface Node {
  readonly type: string;
  readonly name?: string;
  readonly matchers?: readonly { readonly name: string; readonly type: string; readonly value: string }[];
  readonly grouping?: readonly string[];
  readonly matching?: { readonly labels: readonly string[] } | null;
}

/** What this stack scrapes under names of its own. */
const jobs: readonly string[] = [...Object.values(jobNames).filter((job) => typeof job === "string"), ...Object.values(jobNames.probes)];

const all = Object.entries(dashboards()).map(([file, text]) => ({ file, dashboard: JSON.parse(text) as Dashboard }));

/** A query as Grafana sends it: with a value for every variable. */
function filledIn(expr: string): string {
  return expr
    .replaceAll("$__rate_interval", "2m")
    .replaceAll("$__range", "24h")
    .replaceAll(/"\$\w+"/g, '".*"');
}

/** Every node of the tree. */
function nodesOf(value: unknown): Node[] {
  if (Array.isArray(value)) return (value as readonly unknown[]).flatMap(nodesOf);
  if (typeof value !== "object" || value === null) return [];
  const inside = Object.values(value).flatMap(nodesOf);
  return "type" in value && typeof value.type === "string" && !("value" in value && "name" in value)
    ? [value as Node, ...inside]
    : inside;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert.ok(typeof address === "object" && address !== null);
  return address.port;
}

describe("the dashboards", function () {
  this.timeout(600_000);
  let directory: string;
  let prometheus: ChildProcess;
  let base: string;
  let ownMetrics: ReadonlySet<string>;

  before(async () => {
    const { prometheus: program } = await sandboxTools(["prometheus"]);
    directory = await mkdtemp(join(tmpdir(), "belfry-dashboards-"));
    const config = join(directory, "prometheus.yaml");
    // Some of its metrics are there only when it has somebody to notify.
    await writeFile(config, 'alerting: {alertmanagers: [{static_configs: [{targets: ["127.0.0.1:9"]}]}]}\n');
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    const args = [`--config.file=${config}`, `--storage.tsdb.path=${directory}/data`, `--web.listen-address=127.0.0.1:${port}`];
    prometheus = spawn(program, args, { stdio: "ignore" });
    for (;;) {
      assert.equal(prometheus.exitCode, null, "Prometheus ended");
      const text = await fetch(`${base}/metrics`).then((answer) => answer.text(), () => "");
      // Some come with the first discovery.
      if (text.includes("\nprometheus_notifications_dropped_total")) {
        ownMetrics = new Set(text.split("\n").flatMap((line) => /^# TYPE (\S+) /.exec(line)?.[1] ?? []));
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
  after(async () => {
    const ended = new Promise((resolve) => prometheus.once("exit", resolve));
    prometheus.kill("SIGKILL");
    await ended;
    await rm(directory, { recursive: true, force: true });
  });

  async function parsed(expr: string): Promise<Node[]> {
    const answer = await fetch(`${base}/api/v1/parse_query`, { method: "POST", body: new URLSearchParams({ query: expr }) });
    const { status, data, error } = (await answer.json()) as { status: string; data?: unknown; error?: string };
    assert.equal(status, "success", `${expr}: ${error ?? ""}`);
    return nodesOf(data);
  }

  /** What a query asks for that nobody has, as sentences. */
  async function problemsOf(expr: string): Promise<string[]> {
    const nodes = await parsed(filledIn(expr));
    const selectors = nodes.filter(({ type }) => type === "vectorSelector" || type === "matrixSelector");
    const labels = new Set(selectors.flatMap(({ name }) => knownMetrics[name ?? ""] ?? []));
    const grouped = nodes.flatMap(({ grouping, matching }) => [...(grouping ?? []), ...(matching?.labels ?? [])]);
    return [
      ...selectors.flatMap(({ name = "", matchers = [] }) => {
        const known = knownMetrics[name];
        if (known === undefined) return ownMetrics.has(name) ? [] : [`unknown metric ${name}`];
        return matchers.flatMap((matcher) => {
          if (matcher.name === "__name__") return [];
          if (!known.includes(matcher.name)) return [`${name} has no label ${matcher.name}`];
          const severities = matcher.name === "severity" && name.startsWith("trivy_") ? matcher.value.split("|") : [];
          const named = matcher.name === "job" && matcher.type === "=" ? [matcher.value] : [];
          return [
            ...severities.filter((value) => !trivySeverities.includes(value)).map((value) => `Trivy has no severity ${value}`),
            ...named.filter((value) => !jobs.includes(value)).map((value) => `nothing is scraped as ${value}`),
          ];
        });
      }),
      ...(selectors.every(({ name }) => knownMetrics[name ?? ""] !== undefined)
        ? grouped.filter((label) => !labels.has(label)).map((label) => `no metric of the query has the label ${label}`)
        : []),
    ];
  }

  for (const { file, dashboard } of all) {
    it(`${file} asks only for what the stack has`, async () => {
      for (const { title, targets } of dashboard.panels) {
        assert.ok(targets.length > 0, title);
        for (const { expr } of targets) assert.deepEqual(await problemsOf(expr), [], `${title}: ${expr}`);
      }
    });

    it(`${file} offers to choose only from what the stack has`, async () => {
      for (const { name, type, definition = "" } of dashboard.templating.list) {
        if (type === "datasource") continue;
        const [, selector = "", label = ""] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
        assert.deepEqual(await problemsOf(`count by (${label}) (${selector})`), [], name);
      }
    });

    it(`${file} uses no variable that it does not have`, () => {
      const known = new Set(["__rate_interval", "__range", ...dashboard.templating.list.map(({ name }) => name)]);
      const used = [...JSON.stringify(dashboard).matchAll(/\$\{?(\w+)/g)].map(([, name = ""]) => name);
      assert.deepEqual(used.filter((name) => !known.has(name)), []);
    });

    it(`${file} says what each panel shows, in panels beside each other`, () => {
      assert.deepEqual(dashboard.panels.filter(({ title, description }) => title === "" || description === ""), []);
      const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`),
      );
      assert.equal(new Set(cells).size, cells.length);
      assert.ok(dashboard.panels.every(({ gridPos: { x, w } }) => x + w <= 24));
      assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length);
    });
  }

  it("have names of their own", () => {
    const uids = all.map(({ dashboard }) => dashboard.uid);
    assert.deepEqual(uids, ["belfry-falco", "belfry-overview", "belfry-probes", "belfry-trivy"]);
  });

  it("would not pass with a misspelt metric, label, severity or job", async () => {
    assert.deepEqual(await problemsOf("sum(falco_events)"), ["unknown metric falco_events"]);
    assert.deepEqual(await problemsOf('up{jbo="falco"}'), ["up has no label jbo"]);
    assert.deepEqual(await problemsOf('trivy_image_vulnerabilities{severity="critical"}'), ["Trivy has no severity critical"]);
    assert.deepEqual(await problemsOf('up{job="falco"}'), ["nothing is scraped as falco"]);
    assert.deepEqual(await problemsOf("sum by (namespace) (falcosecurity_falcosidekick_falco_events_total)"), [
      "no metric of the query has the label namespace",
    ]);
    await assert.rejects(problemsOf("sum("), /parse error/);
  });
});
