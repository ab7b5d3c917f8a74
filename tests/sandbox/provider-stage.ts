/** What the tests of the stand-in providers stand on: a control plane, a chart and stacks below one temporary directory. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { type EngineEvent, LocalWorkspace, type PulumiFn, type Stack } from "@pulumi/pulumi/automation/index.js";
import { createControlPlane, endingOrder } from "../../sandbox/control-plane.ts";
import { privateDirectory } from "../../sandbox/files.ts";
import { sandboxKube } from "../../sandbox/kube.ts";
import { type SandboxLayout, sandboxLayout } from "../../sandbox/layout.ts";
import { ensureNodes } from "../../sandbox/nodes.ts";
import { choosePorts } from "../../sandbox/ports.ts";
import { ProcessTable } from "../../sandbox/processes.ts";
import { installStandinProviders } from "../../sandbox/standins/providers/install.ts";
import { KubeClient } from "../../sandbox/standins/providers/kube-client.ts";
import { readKubeconfig } from "../../sandbox/standins/providers/kubeconfig.ts";
import { newState, writeState } from "../../sandbox/state.ts";
import { sandboxTools } from "./tools.ts";

const programs = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
  "kwokctl",
  "pulumi",
  "helm",
] as const;

/** What an operation did, as the engine told it. */
export interface Outcome {
  readonly error: Error | undefined;
  /** Everything printed. */
  readonly text: string;
  /** `name operation path:kind ...` of every step that changes a resource (not the stack, not a provider), sorted. */
  readonly steps: readonly string[];
}

export interface OperationSettings {
  readonly stack?: string;
  readonly stateFile?: string;
  readonly signal?: AbortSignal;
}

export interface Stage {
  readonly layout: SandboxLayout;
  readonly client: KubeClient;
  /** A chart with a Deployment and a ConfigMap; values `note` (at most 30 characters) and `nodeSelector`. */
  readonly chart: string;
  operate(
    operation: "preview" | "up" | "refresh" | "destroy",
    program: PulumiFn,
    settings?: OperationSettings,
  ): Promise<Outcome>;
  /** All files of the backend, joined. */
  backendText(): Promise<string>;
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const tools = await sandboxTools(programs);
  const root = await mkdtemp(join(tmpdir(), "belfry-providers-"));
  const layout = sandboxLayout(root);
  await privateDirectory(layout.root);
  const table = new ProcessTable(layout.processesFile);
  const { signal } = new AbortController();
  const ports = await choosePorts();
  const { kwok, ...controlPlane } = tools;
  const close = async () => {
    const names = (await table.list()).map(({ name }) => name);
    for (const stage of endingOrder(names))
      await Promise.all(stage.map((name) => table.end(name, { graceSeconds: 1 })));
    await rm(root, { recursive: true, force: true });
  };
  try {
    const kubeSystemUid = await createControlPlane({
      layout,
      ports,
      table,
      signal,
      programs: { ...controlPlane, "kwok-controller": kwok },
    });
    await writeState(layout.stateFile, newState({ ports, kubeSystemUid, now: new Date() }));
    await ensureNodes(sandboxKube(layout.kubeconfig), signal);
    await installStandinProviders({ layout, helm: tools.helm });
    const chart = join(root, "demo");
    for (const [name, content] of Object.entries(chartFiles)) {
      await mkdir(dirname(join(chart, name)), { recursive: true });
      await writeFile(join(chart, name), content);
    }
    for (const directory of [layout.pulumi.backend, layout.pulumi.home, layout.pulumi.workspace])
      await privateDirectory(directory);
    await writeFile(join(layout.pulumi.workspace, "Pulumi.yaml"), "name: trial\nruntime: nodejs\n");
    const client = new KubeClient(await readKubeconfig(layout.kubeconfig));
    const path = [layout.providerPath, dirname(tools.pulumi), process.env["PATH"] ?? ""].join(delimiter);
    return {
      layout,
      client,
      chart,
      operate: (operation, program, settings) => operate(layout, path, operation, program, settings),
      backendText: () => allText(layout.pulumi.backend),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function operate(
  layout: SandboxLayout,
  path: string,
  operation: "preview" | "up" | "refresh" | "destroy",
  program: PulumiFn,
  { stack: stackName = "dev", stateFile = layout.stateFile, signal }: OperationSettings = {},
): Promise<Outcome> {
  const before = process.env["PATH"];
  // The Automation API looks for the engine on this process's own PATH.
  process.env["PATH"] = path;
  let text = "";
  const steps: string[] = [];
  const onEvent = (event: EngineEvent) => {
    const step = event.resourcePreEvent?.metadata;
    if (step === undefined || step.type.startsWith("pulumi:") || ["same", "read", "refresh"].includes(step.op)) return;
    const changes = Object.entries(step.detailedDiff ?? {}).map(([at, { diffKind }]) => `${at}:${diffKind}`);
    steps.push([step.urn.split("::").at(-1), step.op, ...changes.sort()].join(" "));
  };
  try {
    const stack: Stack = await LocalWorkspace.createOrSelectStack(
      { stackName, projectName: "trial", program },
      {
        workDir: layout.pulumi.workspace,
        pulumiHome: layout.pulumi.home,
        envVars: {
          PULUMI_BACKEND_URL: `file://${layout.pulumi.backend}`,
          PULUMI_CONFIG_PASSPHRASE: "test",
          PULUMI_SKIP_UPDATE_CHECK: "true",
          BELFRY_SANDBOX: stateFile,
          KUBECONFIG: layout.kubeconfig,
        },
      },
    );
    const onOutput = (chunk: string) => (text += chunk);
    const options = { onOutput, onEvent, color: "never" as const, ...(signal === undefined ? {} : { signal }) };
    await stack[operation](options);
    return { error: undefined, text, steps: steps.sort() };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { error, text, steps: steps.sort() };
  } finally {
    process.env["PATH"] = before;
  }
}

async function allText(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, "utf8")))).join("\n");
}

const chartFiles = {
  "Chart.yaml": "apiVersion: v2\nname: demo\nversion: 1.2.3\nappVersion: '9.9'\n",
  "values.yaml": "note: hello\nextra: {kept: 1, dropped: 2}\nnodeSelector: {}\n",
  "values.schema.json": JSON.stringify({
    type: "object",
    additionalProperties: false,
    properties: { note: { type: "string", maxLength: 30 }, extra: {}, nodeSelector: { type: "object" }, global: {} },
  }),
  "templates/all.yaml": `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-web
  namespace: {{ .Release.Namespace }}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      nodeSelector: {{ toJson .Values.nodeSelector }}
      containers: [{name: web, image: "example.com/web:1"}]
---
apiVersion: v1
kind: ConfigMap
metadata: 
  name: {{ .Release.Name }}-note
data:
  note: {{ .Values.note | quote }}
  extra: {{ toJson .Values.extra | quote }}
`,
} as const;
