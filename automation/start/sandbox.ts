/** `npm start`: the embedded cluster, the stack in it, and the proof. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { stackFileConfig } from "../../config/stack-file.ts";
import { UserError } from "../../config/user-error.ts";
import { type SandboxLayout, type SandboxState, loopback, sandboxLayout, sandboxStack } from "../../sandbox/layout.ts";
import { type Sources, decideSources, standInNotices } from "../../sandbox/sources.ts";
import { clusterCertificates } from "../../sandbox/kwokctl.ts";
import { ProcessTable } from "../../sandbox/processes.ts";
import { startSandbox, stopSandbox } from "../../sandbox/sandbox.ts";
import { type ArrivedMessage, plainText } from "../../sandbox/sinks/messages.ts";
import { InboxClient } from "../../sandbox/sinks/client.ts";
import { installStandinProviders } from "../../sandbox/standins/providers/install.ts";
import { packStandinCharts } from "../../sandbox/standins/charts/pack.ts";
import { type ProgramName, cacheDirectory, checkGo, obtainTools, operatorModuleDirectory, planTools } from "../../sandbox/tools/index.ts";
import { type ChangeCount } from "../events.ts";
import { type StackOutputs, openStack, operate, setSecret, stackOutputs } from "../engine.ts";
import { type PhaseReport, Phases } from "../phases.ts";
import { removeStaleLocks } from "../recovery.ts";
import { scenarios } from "../drill/scenarios.ts";
import { formatDrill } from "../drill/table.ts";
import { writeDrillReport } from "../report/files.ts";
import { formatVerify } from "../verify/format.ts";
import { type VerifyResult, verify } from "../verify/verify.ts";
import { sandboxSummary } from "./summary.ts";
import {
  linkPrograms, prepareWorkspace, sandboxEnvironment, sandboxSecrets, sandboxStackConfig, stackFile, writeStackFile,
} from "./sandbox-stack.ts";

export interface StartOptions {
  readonly checkout: string;
  /** Live display; plain lines otherwise. */
  readonly live: boolean;
  readonly write: (text: string) => void;
  readonly signal: AbortSignal;
  /** Chart repository to take the charts from. */
  readonly chartMirror?: string;
  /**
   * Stack file whose settings are deployed.
   * @default Pulumi.dev.yaml of the checkout
   */
  readonly settingsFile?: string;
  /** Seconds that the installation of the packages took before. */
  readonly installedIn: number;
}

/** What the first deployment needs, in the order in which it is needed. */
const needed = [
  "kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd", "kwok", "kwokctl",
  "pulumi", "helm", "prometheus-operator", "alertmanager", "prometheus", "pulumi-language-nodejs", "promtool",
] as const satisfies readonly ProgramName[];

/** @returns true when every receiver was proved, and every scenario of the drill was told */
export async function startInSandbox(options: StartOptions): Promise<boolean> {
  const startedAt = Date.now();
  const layout = sandboxLayout(options.checkout);
  const settings = await readSettings(options.settingsFile ?? join(options.checkout, "Pulumi.dev.yaml"));
  await checkGo(process.env);
  const plan = await planTools(needed, {});
  if (plan.missing.length > 0) {
    options.write(
      `${plan.missing.length} programs will be built from their Go modules, once, into ${cacheDirectory(process.env)}:\n` +
        `  ${plan.missing.join(", ")}\n` +
        `  about ${plan.minutes} minutes on two cores, about ${plan.gigabytes} GB of disk with Go's own caches.\n`,
    );
  }

  const ranBefore = await isSandboxRunning(layout);
  const phases = new Phases(options.live, options.write, options.signal);
  const tools = phases.add("Obtain the programs", [], async (report) => {
    const promises = obtainTools(needed, { report: report.line, signal: phases.signal });
    toolPromises.resolve(promises);
    const entries = await Promise.all(needed.map(async (name) => [name, await promises[name]] as const));
    const paths = Object.fromEntries(entries);
    await linkPrograms(layout, paths, options.checkout);
    return paths;
  });
  const toolPromises = deferred<Record<(typeof needed)[number], Promise<string>>>();
  tools.catch(toolPromises.reject);

  const sources = phases.add("Look for providers and charts", [], async (report) => {
    const found = await decideSources({
      file: join(layout.root, "sources.json"),
      signal: phases.signal,
      ...(options.chartMirror === undefined ? {} : { chartMirror: options.chartMirror }),
    });
    for (const notice of standInNotices(found)) report.line(notice);
    return found;
  });
  const cluster = phases.add("Start the embedded cluster", [], async (report) =>
    startSandbox({
      checkout: options.checkout,
      tools: await toolPromises.promise,
      report: report.line,
      signal: phases.signal,
    }),
  );
  const standIns = phases.add("Prepare the stand-ins", [tools, sources], async () => {
    const [{ helm }, found] = [await tools, await sources];
    if (helm === undefined) throw new Error("helm was obtained but has no path");
    if (found.providers === "stand-in") await installStandinProviders({ layout, helm });
    if (found.charts === "stand-in") {
      const operatorModule = await operatorModuleDirectory({ signal: phases.signal });
      await packStandinCharts({ directory: layout.charts, helm, operatorModule, signal: phases.signal });
    }
  });
  const deployed = phases.add("Deploy the stack", [cluster, standIns], async (report) =>
    deploy({ checkout: options.checkout, settings, state: await cluster, sources: await sources, report, signal: phases.signal }),
  );
  // While the heartbeat is awaited, which alerts to other receivers do not disturb.
  const testsProved = deferred<undefined>();
  const drilled = phases.add("Drill", [deployed, testsProved.promise], async (report) => {
    const { prometheus, promtool } = await tools;
    if (prometheus === undefined || promtool === undefined) throw new Error("Prometheus was obtained but has no path");
    const { runDrill } = await import("../drill/run.ts");
    return runDrill({
      layout,
      state: await cluster,
      programs: { prometheus, promtool },
      namespace: (await deployed).outputs.namespace,
      scenarios: scenarios.filter(({ atStart }) => atStart),
      awaitResolved: false,
      report: report.line,
      signal: phases.signal,
    });
  });
  const verified = phases.add("Prove that messages arrive", [deployed], async (report) => {
    const state = await cluster;
    const result = await verify({
      testsProved: () => {
        testsProved.resolve(undefined);
      },
      kubeconfig: layout.kubeconfig,
      namespace: (await deployed).outputs.namespace,
      expectedReceivers: (await deployed).outputs.receivers,
      labels: (await deployed).outputs.alertLabels,
      inbox: new InboxClient(state),
      report: report.line,
      signal: phases.signal,
    });
    // Where nothing could be sent, nobody was told of a proof.
    testsProved.resolve(undefined);
    return result;
  });
  verified.catch(testsProved.reject);
  try {
    await phases.run();
  } catch (error) {
    // Interrupted half way, nobody has been told of a sandbox that runs: what this start began, it ends.
    if (options.signal.aborted && !ranBefore) await stopSandbox({ checkout: options.checkout, report: () => undefined });
    throw error;
  }

  const state = await cluster;
  const result = await verified;
  const drill = await drilled;
  const report = await writeDrillReport(drill, state, options.checkout, undefined);
  options.write(
    sandboxSummary({
      stack: sandboxStack,
      changes: (await deployed).changes,
      installed: (await deployed).outputs.releases,
      ...(await arrived(state, result)),
      verified: formatVerify(result).trimEnd().split("\n"),
      drill: [
        ...formatDrill(drill).trimEnd().split("\n"),
        `Each message as it arrived, and the time line: ${report}`,
        `These are ${drill.results.length} of ${scenarios.length} scenarios, the quick ones. All of them: npm run belfry -- drill`,
      ],
      inboxPage: `http://${loopback}:${state.ports.inbox}/?token=${state.inboxToken}`,
      prometheus: `http://${loopback}:${state.ports.prometheus}`,
      alertmanager: `http://${loopback}:${state.ports.alertmanager}`,
      notices: standInNotices(await sources),
      times: [
        ...(options.installedIn > 0 ? [{ title: "Install the packages", seconds: options.installedIn }] : []),
        ...phases.times(),
      ],
      totalSeconds: Math.round((Date.now() - startedAt) / 1000) + options.installedIn,
    }),
  );
  return result.passed && drill.passed;
}

interface Deployed {
  readonly changes: ChangeCount;
  readonly outputs: StackOutputs;
}

/**
 * @param file a stack file, `Pulumi.<stack>.yaml`
 * @throws UserError when it cannot be read, with the line where it is malformed
 */
async function readSettings(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch(() => {
    throw new UserError(`${file} cannot be read.`, "Name a stack file whose settings are deployed: npm start -- --settings Pulumi.prod.yaml");
  });
  stackFileConfig(text, file);
  return text;
}

interface Deployment {
  readonly checkout: string;
  /** Text of the stack file whose settings are deployed. */
  readonly settings: string;
  readonly state: SandboxState;
  readonly sources: Sources;
  readonly report: PhaseReport;
  readonly signal: AbortSignal;
}

async function deploy({ checkout, settings, state, sources, report, signal }: Deployment): Promise<Deployed> {
  const layout = sandboxLayout(checkout);
  await prepareWorkspace(layout, join(cacheDirectory(process.env), "pulumi-plugins"));
  const environment = sandboxEnvironment(layout, sources, sandboxStack, process.env["PATH"] ?? "");
  Object.assign(process.env, environment);
  await removeStaleLocks(layout.pulumi.backend);
  const config = sandboxStackConfig({
    settings,
    state,
    sources,
    caCertificate: await readFile(clusterCertificates(layout).ca, "utf8"),
  });
  const { default: program } = await import("../../index.ts");
  const stack = await openStack(
    { stack: sandboxStack, workDir: layout.pulumi.workspace, pulumiHome: layout.pulumi.home, environment, program },
    true,
  );
  const secrets = sandboxSecrets(config, state);
  const file = stackFile(layout, sandboxStack);
  for (const key of await writeStackFile(file, config, Object.keys(secrets))) {
    const value = secrets[key];
    if (value !== undefined) await setSecret({ key, value, cwd: layout.pulumi.workspace, signal });
  }
  const changes = await operate(stack, "up", { report: report.line, underWay: report.now, signal });
  return { changes, outputs: await stackOutputs(stack) };
}

async function isSandboxRunning(layout: SandboxLayout): Promise<boolean> {
  const table = new ProcessTable(layout.processesFile);
  const alive = await Promise.all((await table.list()).map((record) => table.isAlive(record)));
  return alive.some(Boolean);
}

/** The test messages of this verification as lines for the terminal. */
async function arrived(state: SandboxState, result: VerifyResult): Promise<{ slack?: string[]; mail?: string[] }> {
  const messages: ArrivedMessage[] = result.receivers.flatMap(({ message }) => (message === undefined ? [] : [message]));
  if (messages.length === 0) await new InboxClient(state).health();
  const slack = messages.find(({ kind }) => kind === "slack");
  const mail = messages.find(({ kind }) => kind === "email");
  return {
    ...(slack === undefined ? {} : { slack: plainText(slack) }),
    ...(mail === undefined ? {} : { mail: plainText(mail) }),
  };
}

function deferred<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
} {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
