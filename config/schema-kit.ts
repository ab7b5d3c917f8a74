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
