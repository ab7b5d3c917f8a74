/** Settings that say which objects of the cluster are discovered and probed. */
import { z } from "zod";

import * as formats from "./formats.ts";
import { about, dnsLabel, dnsLabelText, someOf, text } from "./schema-kit.ts";
import { expectedStatus, privateCa, schedule } from "./schema-probe-kit.ts";

const namespaces = () =>
  someOf(
    dnsLabelText().register(about, { description: "One namespace.", form: dnsLabel, example: "shop" }),
  ).register(about, {
    description: "Only objects in these namespaces.",
    form: "a list of namespaces",
    example: "[shop, payments]",
    defaultText: "all namespaces",
  });

const objectLabels = () =>
  z
    .array(
      text({ accepts: formats.isObjectLabel }).register(about, {
        description: "One label.",
        form: "the name of a Kubernetes label (such as team or app.kubernetes.io/name)",
        example: "team",
      }),
    )
    .register(about, {
      description:
        "Labels of the object that its series get too, with `_` for everything that is no letter or digit. " +
        "Only these: each value of each label makes new series.",
      form: "a list of Kubernetes labels",
      example: "[team, app.kubernetes.io/name]",
    })
    .default([]);

const select = (what: string) =>
  z
    .enum(["annotated", "all"])
    .register(about, {
      description:
        `\`annotated\`: ${what} with the annotation \`prometheus.io/probe: "true"\`. \`all\`: every one but those ` +
        'with `prometheus.io/probe: "false"`.',
      form: "annotated or all",
      example: "annotated",
    })
    .default("annotated");

const discoveredModule = () =>
  z
    .enum(["http_2xx", "tcp_connect"])
    .register(about, {
      description: "`http_2xx`: a GET. `tcp_connect`: a connection to each TCP port.",
      form: "http_2xx or tcp_connect",
      example: "tcp_connect",
    })
    .default("http_2xx");

const path = (defaultPath: string) =>
  text({ accepts: (value) => /^\/[^\s\p{C}]{0,500}$/u.test(value) })
    .register(about, {
      description: "Path of the request where no annotation `prometheus.io/probe-path` names one.",
      form: "a path that begins with /",
      example: "/health",
    })
    .default(defaultPath);

const rest = () => ({
  namespaces: namespaces().optional(),
  expectedStatus: expectedStatus().optional(),
  privateCa: privateCa(),
  ...schedule(),
  objectLabels: objectLabels(),
});

export const services = z
  .strictObject({ select: select("Services"), module: discoveredModule(), path: path("/"), ...rest() })
  .register(about, {
    description: "Services. `{}` probes those that ask for it.",
    form: "a map that says which Services are probed and how",
    example: "{select: all, module: tcp_connect, namespaces: [shop]}",
    defaultText: "not probed",
  });

export const ingresses = z.strictObject({ select: select("Ingresses"), ...rest() }).register(about, {
  description: "Ingresses: each host and path, by https where the Ingress has TLS for the host. `{}` as above.",
  form: "a map that says which Ingresses are probed and how",
  example: "{select: all, expectedStatus: [200, 302]}",
  defaultText: "not probed",
});

export const pods = z
  .strictObject({ select: select("Pods"), module: discoveredModule(), path: path("/health"), ...rest() })
  .register(about, {
    description: "Pods: each TCP port that a container declares. `{}` as above.",
    form: "a map that says which Pods are probed and how",
    example: "{namespaces: [shop], path: /health}",
    defaultText: "not probed",
  });
