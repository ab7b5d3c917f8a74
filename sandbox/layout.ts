/**
 * Where the embedded cluster keeps its state, what its parts are called and which ports they have: the one place for each of
 * these facts.
 */
import { join } from "node:path";

/** Context, cluster and user in the sandbox's kubeconfig. */
export const sandboxContext = "belfry-sandbox";
/** The stack that `npm start` deploys; it lives in the sandbox's own backend. */
export const sandboxStack = "dev";

/** Paths below `.belfry/` of one checkout. Everything that lives as long as the sandbox is below `root`. */
export interface SandboxLayout {
  /** `.belfry/sandbox`, mode 0700; deleting it deletes the sandbox. */
  readonly root: string;
  /** {@link SandboxState} as JSON, mode 0600. */
  readonly stateFile: string;
  /** Recorded processes (`sandbox/processes.ts`). */
  readonly processesFile: string;
  /** Held while a command changes the sandbox. */
  readonly lockFile: string;
  readonly kubeconfig: string;
  /** The HOME of kwokctl, which keeps certificates, etcd's data and logs of the control plane below it. */
  readonly kwok: string;
  readonly logs: string;
  /** Configuration, data and mounted secrets of Prometheus and Alertmanager. */
  readonly prometheus: string;
  readonly alertmanager: string;
  /** Charts that the chart repository of the sandbox serves. */
  readonly charts: string;
  /** Messages that arrived. */
  readonly inbox: string;
  /** Directory with the executables `pulumi-resource-*` that stand in for the providers; on PATH only where they are used. */
  readonly providerPath: string;
  readonly pulumi: {
    /** PULUMI_HOME. */
    readonly home: string;
    /** Directory of the file backend. */
    readonly backend: string;
    /** Mode 0600. */
    readonly passphraseFile: string;
    /** Work directory of the Automation API; holds Pulumi.yaml and Pulumi.<stack>.yaml. */
    readonly workspace: string;
  };
}

/** @param checkout the directory that holds package.json */
export function sandboxLayout(checkout: string): SandboxLayout {
  const root = join(checkout, ".belfry", "sandbox");
  const pulumi = join(root, "pulumi");
  return {
    root,
    stateFile: join(root, "state.json"),
    processesFile: join(root, "processes.json"),
    lockFile: join(root, "lock"),
    kubeconfig: join(root, "kubeconfig"),
    kwok: join(root, "kwok"),
    logs: join(root, "logs"),
    prometheus: join(root, "prometheus"),
    alertmanager: join(root, "alertmanager"),
    charts: join(root, "charts"),
    inbox: join(root, "inbox"),
    providerPath: join(root, "providers"),
    pulumi: {
      home: join(pulumi, "home"),
      backend: join(pulumi, "backend"),
      passphraseFile: join(pulumi, "passphrase"),
      workspace: join(pulumi, "workspace"),
    },
  };
}

/** TCP ports on 127.0.0.1, chosen free when the sandbox is made and kept while it exists. */
export interface SandboxPorts {
  readonly apiServer: number;
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly controllerManager: number;
  readonly scheduler: number;
  readonly kwok: number;
  readonly operator: number;
  readonly prometheus: number;
  readonly alertmanager: number;
  /** Plays every scraped component: the proxy that Prometheus asks. */
  readonly exporter: number;
  /** Takes Slack's webhooks and heartbeats. */
  readonly hooks: number;
  readonly smtp: number;
  /** The page that shows what arrived, and its JSON. */
  readonly inbox: number;
  /** Helm chart repository. */
  readonly charts: number;
}

/** What is recorded when the sandbox is made. Mode 0600: it holds secrets of the sandbox. */
export interface SandboxState {
  readonly version: 1;
  /** ISO 8601. */
  readonly createdAt: string;
  /** UID of the namespace kube-system: the cluster's identity, checked by every stand-in before every write. */
  readonly kubeSystemUid: string;
  readonly ports: SandboxPorts;
  /** In the address of the inbox page, random. */
  readonly inboxToken: string;
  /** The sandbox's receivers. `slackWebhookUrl` and `heartbeatUrl` lead to `ports.hooks`; random paths, like real ones. */
  readonly slackWebhookUrl: string;
  readonly heartbeatUrl: string;
  readonly smtp: { readonly username: string; readonly password: string };
}

export const loopback = "127.0.0.1";
