/** Settings of falcosidekick's web page, its storage and its address. */
import { z } from "zod";

import * as formats from "./formats.ts";
import { about, quantityForm, text, volumeSize } from "./schema-kit.ts";

const dnsName = "a DNS name (lower case)";

const seconds = (from: number, to: number) => (value: string) => {
  const duration = formats.parseDuration(value) ?? -1;
  return duration >= from && duration <= to;
};

/** Networks that may come in. `0.0.0.0/0` is everybody, and asked for by name. */
export const sourceRanges = z
  .array(
    text({ accepts: formats.isCidr }).register(about, {
      description: "One network.",
      form: "a network in CIDR form (such as 192.0.2.0/24)",
      example: "192.0.2.0/24",
    }),
  )
  .register(about, {
    description: "Networks that may come in.",
    form: "a list of networks in CIDR form",
    example: "[192.0.2.0/24]",
  });

const local = z
  .strictObject({
    path: text({ accepts: (value) => /^\/[^\s:]+$/.test(value) && !value.split("/").includes("..") }).register(about, {
      description: "Directory on the node; it must exist. What is in it survives `destroy`.",
      form: "an absolute path without white space, ':' and '..'",
      example: "/var/lib/redis-data",
    }),
    node: text({ accepts: formats.isDnsName }).register(about, {
      description: "The node that has the directory: its label kubernetes.io/hostname.",
      form: dnsName,
      example: "node-1",
    }),
  })
  .register(about, {
    description: "A directory on one node, as the PersistentVolume `redis-data`.",
    form: "a map with path and node",
    example: "{path: /var/lib/redis-data, node: node-1}",
  });

const storage = z
  .strictObject({
    size: volumeSize()
      .register(about, { description: "Size of the volume.", form: quantityForm, example: "5Gi" })
      .default("5Gi"),
    className: text({ accepts: formats.isDnsName })
      .register(about, {
        description: "StorageClass of the volume, which goes with the namespace at `destroy` unless `belfry:storage.retain` is set.",
        form: "the name of a StorageClass (lower case)",
        example: "standard",
        defaultText: "the cluster's default class",
      })
      .optional(),
    local: local.optional(),
  })
  .register(about, {
    description: "Where the events are kept: a StorageClass, or a directory on one node.",
    form: "a map with size and either className or local",
    example: "{size: 5Gi, local: {path: /var/lib/redis-data, node: node-1}}",
  });

const access = z
  .strictObject({
    type: z.enum(["loadBalancer", "nodePort", "ingress"]).register(about, {
      description: "What stands before the page.",
      form: "loadBalancer, nodePort or ingress",
      example: "ingress",
    }),
    sourceRanges: sourceRanges.optional(),
    port: z
      .number()
      .refine((value) => Number.isInteger(value) && value >= 30_000 && value <= 32_767)
      .register(about, {
        description: "With nodePort: the port on every node.",
        form: "a whole number from 30000 to 32767",
        example: "30282",
        defaultText: "chosen by Kubernetes",
      })
      .optional(),
    host: text({ accepts: (value) => formats.isDnsName(value) && value.includes(".") })
      .register(about, { description: "With ingress: the name of the page.", form: dnsName, example: "falco.example.com" })
      .optional(),
    tlsSecret: text({ accepts: formats.isDnsName })
      .register(about, {
        description: "With ingress: name of the Secret of type kubernetes.io/tls in Falco's namespace.",
        form: "the name of a Secret (lower case)",
        example: "falco-ui-tls",
      })
      .optional(),
    ingressClass: text({ accepts: formats.isDnsName })
      .register(about, {
        description: "With ingress: class of the Ingress.",
        form: "the name of an IngressClass (lower case)",
        example: "nginx",
        defaultText: "the cluster's default class",
      })
      .optional(),
  })
  .register(about, {
    description: "How the page is reached from outside the cluster.",
    form: "a map with type and what the type needs",
    example: "{type: ingress, host: falco.example.com, tlsSecret: falco-ui-tls}",
    defaultText: "none: by `kubectl port-forward`",
  });

export const falcoUi = z
  .strictObject({
    enabled: z
      .boolean()
      .register(about, { description: "Whether the web page is installed.", form: "true or false", example: "true" })
      .default(false),
    user: text({
      accepts: (value) => /^[A-Za-z0-9._@-]{1,64}$/.test(value),
      problem: (value) => (value.includes(":") ? "has a colon: the page would fall back to admin and admin" : undefined),
    })
      .register(about, {
        description: "Name to log in with. The password is generated, unless `belfry:falcoUiPassword` is set.",
        form: "a name of letters, digits, '.', '_', '-' and '@'",
        example: "falco",
      })
      .default("falco"),
    keep: text({ accepts: seconds(3_600, 365 * 86_400) })
      .register(about, {
        description: "How long an event is kept.",
        form: "a duration from 1h to 1y (such as 7d)",
        example: "7d",
      })
      .default("7d"),
    storage: storage.optional(),
    access: access.optional(),
  })
  .register(about, {
    description: "A web page with the events of Falco, on port 2802.",
    form: "a map with enabled, user, keep, storage and access",
    example: "{enabled: true, storage: {size: 5Gi}}",
    defaultText: "off",
  })
  .prefault({});

