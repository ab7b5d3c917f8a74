/** What the settings of probes and scrape targets have in common. */
import { z } from "zod";

import * as formats from "./formats.ts";
import { about, someOf, text } from "./schema-kit.ts";

/** Labels that the stack sets itself, or that would change which alert a series belongs to. */
export const reservedLabels = [
  "alertname", "cluster", "environment", "ingress", "instance", "job", "pod", "service", "severity",
] as const;

const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** What is wrong with a map of labels for series, as the end of a sentence. */
function labelsProblem(labels: Readonly<Record<string, string>>): string | undefined {
  for (const name of Object.keys(labels)) {
    if (!labelName.test(name) || name.startsWith("__")) {
      return `has the label ${JSON.stringify(name)}, which is no name of a label (letters, digits and "_", no digit first)`;
    }
    if (reservedLabels.some((reserved) => reserved === name)) {
      return `has the label ${name}, which the stack sets itself`;
    }
  }
  return undefined;
}

export const labels = (description: string) =>
  z
    .record(
      z.string(),
      text({ accepts: (value) => value.length <= 200 && value.trim() !== "" && !/\p{C}/u.test(value) }).register(about, {
        description: "Value of the label.",
        form: "text on one line of at most 200 characters",
        example: "shop",
      }),
    )
    .check((context) => {
      const problem = labelsProblem(context.value);
      if (problem !== undefined) {
        context.issues.push({ code: "custom", input: context.value, params: { problem } });
      }
    })
    .register(about, {
      description,
      form: "a map of labels to texts",
      example: "{team: shop}",
    })
    .default({});

/** Longer ones would leave gaps in which Prometheus takes a series for gone after one lost probe. */
export const intervalForm = "a duration from 10s to 2m (such as 30s, 1m)";
export const timeoutForm = "a duration from 1s to 60s (such as 5s)";

export const seconds = (least: number, most: number) =>
  text({
    accepts: (value) => {
      const amount = formats.parseDuration(value) ?? 0;
      return amount >= least && amount <= most;
    },
  });

const interval = (defaultText: string) =>
  seconds(10, 120).register(about, {
    description: "Time between two probes of a target.",
    form: intervalForm,
    example: "30s",
    defaultText,
  });

const timeout = (defaultText: string) =>
  seconds(1, 60).register(about, {
    description: "How long an answer may take until the probe has failed; at most the interval.",
    form: timeoutForm,
    example: "10s",
    defaultText,
  });

export const schedule = () => ({
  interval: interval("that of `belfry:probes`").optional(),
  timeout: timeout("that of `belfry:probes`").optional(),
});

export const expectedStatus = () =>
  someOf(
    z
      .number()
      .refine((code) => Number.isInteger(code) && code >= 100 && code <= 599)
      .register(about, { description: "One code.", form: "an HTTP status code from 100 to 599", example: "204" }),
  ).register(about, {
    description:
      "Status codes that count as success, for http only. With a code from 300 to 399 redirects are not followed.",
    form: "a list of HTTP status codes",
    example: "[200, 204]",
    defaultText: "200 to 299",
  });

export const privateCa = () =>
  z
    .boolean()
    .register(about, {
      description: "Whether `caCertificate` is trusted here, and nothing else; for http and tcp_tls only.",
      form: "true or false",
      example: "true",
    })
    .default(false);
