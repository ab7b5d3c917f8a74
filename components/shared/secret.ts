/**
 * The one way in which a secret reaches the cluster: as one small Secret, which everything else knows by its name only.
 */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { SecretValue } from "../../config/secret-value.ts";

/**
 * What a key of a Secret may be made of: a secret setting, a generated password, or text that is no secret by itself.
 */
export type SecretContent = SecretValue | pulumi.Output<string> | string;

export interface SmallSecretArgs {
  /** Its name in the cluster. */
  readonly name: string;
  readonly namespace: pulumi.Input<string>;
  /** Key to content. */
  readonly content: Readonly<Record<string, SecretContent>>;
  /** Labels by which somebody finds it; none when absent. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** A Secret whose content is secret in Pulumi's state too. */
export function smallSecret(
  name: string,
  args: SmallSecretArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Secret {
  const stringData = Object.fromEntries(
    Object.entries(args.content).map(([key, content]) => [
      key,
      pulumi.secret(content instanceof SecretValue ? content.reveal() : content),
    ]),
  );
  const labels = args.labels === undefined ? {} : { labels: args.labels };
  const metadata = { name: args.name, namespace: args.namespace, ...labels };
  return new k8s.core.v1.Secret(name, { metadata, type: "Opaque", stringData }, opts);
}
