/** The stand-in for Pulumi's Kubernetes provider. Started by the engine: `kubernetes.ts --helm PATH ENGINE`. */
import { parseArgs } from "node:util";
import { UserError } from "../../../config/user-error.ts";
import { providers } from "../../../config/versions.ts";
import { assertSandbox, sandboxVariable } from "./guard.ts";
import { Helm, helmDirectory } from "./helm.ts";
import { helmTemplate, helmTemplateToken } from "./helm-template.ts";
import { KubeClient } from "./kube-client.ts";
import { readKubeconfig } from "./kubeconfig.ts";
import { typeOf } from "./naming.ts";
import { KubernetesObjects } from "./objects.ts";
import { HelmReleases } from "./releases.ts";
import type { Provider, Resources } from "./provider.ts";
import { serve } from "./server.ts";
import { plainObject, textAt, unknown, type WireObject } from "./wire.ts";

const releaseType = "kubernetes:helm.sh/v3:Release";

class Kubernetes implements Provider {
  readonly version = providers.kubernetes;
  #resources: { objects: Resources; releases: Resources } | undefined;
  #helm: Helm | undefined;

  constructor(
    private readonly helm: string,
    private readonly stateFile: string | undefined,
  ) {}

  async configure(given: WireObject): Promise<void> {
    const config = plainObject(given);
    // Configured with something that is made in the same operation: there is nothing to talk to in its preview.
    if (config["kubeconfig"] === unknown || config["context"] === unknown) return;
    const { stateFile } = this;
    if (stateFile === undefined || stateFile === "") {
      throw new UserError(
        `The stand-in for Pulumi's Kubernetes provider works with Belfry's sandbox only; ${sandboxVariable} is not set.`,
        "Use the environment that `npm run belfry -- env` prints.",
      );
    }
    const source = textAt(config, "kubeconfig") ?? process.env["KUBECONFIG"];
    if (source === undefined || source === "") {
      throw new UserError("No kubeconfig is given.", "Set KUBECONFIG: `npm run belfry -- env` prints it.");
    }
    const access = await readKubeconfig(source, textAt(config, "context"));
    const client = new KubeClient({ ...access, namespace: textAt(config, "namespace") ?? access.namespace });
    const assertWritable = () => assertSandbox(client, stateFile);
    // The SDK sends booleans as texts.
    const on = (key: string) => config[key] === true || config[key] === "true";
    const options = {
      mutable: { secrets: on("enableSecretMutable"), configMaps: on("enableConfigMapMutable") },
      force: on("enablePatchForce"),
      upsert: on("upsertExistingObjects"),
    };
    this.#helm = new Helm(this.helm, helmDirectory(stateFile));
    this.#resources = {
      objects: new KubernetesObjects(client, options, assertWritable),
      releases: new HelmReleases(this.#helm, client, assertWritable),
    };
  }

  invoke: NonNullable<Provider["invoke"]> = (token, args) => {
    if (token !== helmTemplateToken) throw new Error(`the stand-in has no function ${token}`);
    if (this.#helm === undefined) throw notConfigured();
    return helmTemplate(this.#helm, args);
  };

  check: Provider["check"] = (request) => this.#for(request.urn).check(request);
  diff: Provider["diff"] = (request) => this.#for(request.urn).diff(request);
  create: Provider["create"] = (request) => this.#for(request.urn).create(request);
  update: Provider["update"] = (request) => this.#for(request.urn).update(request);
  read: Provider["read"] = (request) => this.#for(request.urn).read(request);
  delete: Provider["delete"] = (request) => this.#for(request.urn).delete(request);

  #for(urn: string): Resources {
    if (this.#resources === undefined) throw notConfigured();
    return typeOf(urn) === releaseType ? this.#resources.releases : this.#resources.objects;
  }
}

function notConfigured(): Error {
  return new Error("the provider's kubeconfig or context is not known yet");
}

// The engine adds its address and flags of its own.
const { helm } = parseArgs({ options: { helm: { type: "string" } }, allowPositionals: true, strict: false }).values;
if (typeof helm !== "string") throw new Error("--helm is missing");
await serve(new Kubernetes(helm, process.env[sandboxVariable]));
