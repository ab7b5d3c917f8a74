/** What the schemas are made of: texts with a form, lists, and what the reference and the messages say about each. */
import { z } from "zod";

import * as formats from "./formats.ts";

/** What is known of a setting beyond its type. */
export interface About {
  /** One or two sentences for the reference. */
  readonly description: string;
  /** What is accepted, to stand after "is not", for example `a DNS label (...)`. */
  readonly form: string;
  /** A value in YAML, as it stands after the key; accepted by the schema. */
  readonly example: string;
  /** The default where it is not a fixed value, in words. */
  readonly defaultText?: string;
  /** What to do about a wrong value where more than the example helps. */
  readonly hint?: string;
}

export const about = z.registry<About>();

/** A text that `accepts` takes. `problem` may say what else is wrong with one, as the end of a sentence. */
export function text(rule: {
  accepts: (value: string) => boolean;
  problem?: (value: string) => string | undefined;
}): z.ZodString {
  return z.string().check((context) => {
    const special = rule.problem?.(context.value);
    if (special !== undefined || !rule.accepts(context.value)) {
      const params = special === undefined ? {} : { problem: special };
      context.issues.push({ code: "custom", input: context.value, params });
    }
  });
}

/** A list of one item at least. */
export function someOf<T extends z.ZodType>(item: T): z.ZodArray<T> {
  return z.array(item).check((context) => {
    if (context.value.length === 0) {
      context.issues.push({ code: "custom", input: context.value, params: { problem: "is an empty list" } });
    }
  });
}

export const dnsLabel = "a DNS label (lower-case letters, digits and hyphens, 63 characters at most)";
export const labelValue = "a label value (letters, digits, '.', '_' and '-', 63 characters at most)";
export const quantityForm = "a Kubernetes quantity of at least 100Mi";
/** Namespaces that every cluster has: no stack may create them, or it would delete them at its end. */
export const reservedNamespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];

export const dnsLabelText = () => text({ accepts: formats.isDnsLabel });

export const volumeSize = () => text({ accepts: (value) => (formats.parseQuantity(value) ?? 0) >= 100 * 1024 ** 2 });

/**
 * Why an address must not be written as it is, as the end of a sentence; undefined for what is no URL at all.
 *
 * @param overHttp what is wrong with `http://` beyond loopback; where it is absent, nothing is
 */
export function addressProblem(value: string, overHttp?: string): string | undefined {
  if (!URL.canParse(value)) {
    return undefined;
  }
  const { protocol, username, password, hostname, search, hash } = new URL(value);
  if (username !== "" || password !== "") {
    return "holds a user or password, which must be taken for exposed: replace it";
  }
  if (search !== "" || hash !== "") {
    return "has a query or a fragment";
  }
  return overHttp !== undefined && protocol === "http:" && !formats.isLoopbackHost(hostname)
    ? `is an http:// address: ${overHttp}`
    : undefined;
}

/** Certificate of an authority, which is public. @param description says whose it is and who trusts it */
export const privateAuthority = (description: string) =>
  text({
    accepts: () => true,
    problem: (value) => {
      const problem = formats.certificateProblem(value);
      return problem === "holds a private key" ? `${problem}, which must be taken for exposed: replace it` : problem;
    },
  })
    .register(about, {
      description,
      form: "a certificate in PEM form",
      example: "|\n    -----BEGIN CERTIFICATE-----\n    ...\n    -----END CERTIFICATE-----",
      defaultText: "none: the authorities that the container trusts",
    })
    .optional();
