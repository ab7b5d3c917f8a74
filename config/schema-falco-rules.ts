/** Settings of Falco's rules: exceptions, and rules, macros and lists of the user's own. */
import { z } from "zod";

import { listComps, plainComps } from "./falco-rules.ts";
import { about, text } from "./schema-kit.ts";
import { falcoPriorities } from "./settings-falco.ts";

const comps = [...plainComps, ...listComps];

const ruleName = (description: string) =>
  text({ accepts: (value) => value.trim() === value && value !== "" && value.length <= 200 && !/[\p{Cc}]/u.test(value) })
    .register(about, { description, form: "the name of a rule (one line)", example: "Terminal shell in container" });

const identifier = (description: string, example: string) =>
  text({ accepts: (value) => /^[A-Za-z_][A-Za-z0-9_.-]{0,99}$/.test(value) }).register(about, {
    description,
    form: "a name of letters, digits, '_', '-' and '.'",
    example,
  });

const field = text({ accepts: (value) => /^[a-z0-9_]+(\.[a-z0-9_]+)+(\[[^\]\s]+\])?$/.test(value) }).register(about, {
  description: "One field of an event.",
  form: "a field of Falco's events (such as proc.name, fd.name, k8s.ns.name)",
  example: "proc.name",
});

const scalar = z.union([z.string(), z.number()]).register(about, {
  description: "One value.",
  form: "text or a number",
  example: "wdavdaemon",
});

const value = z.union([scalar, z.array(scalar)]).register(about, {
  description: "One value, or a list of values where the operator compares with one.",
  form: "text, a number or a list of these",
  example: "wdavdaemon",
});

const exception = z
  .strictObject({
    rule: ruleName("The rule that must not tell this. One of Falco's own, or of `custom`."),
    name: identifier("Name of the exception, unique for its rule.", "known_agent"),
    fields: z.array(field).register(about, {
      description: "Fields that are compared, in the order of `comps` and of each of the `values`.",
      form: "a list of fields of Falco's events",
      example: "[proc.name, fd.name]",
    }),
    comps: z
      .array(
        z.enum(comps as [string, ...string[]]).register(about, {
          description: "One operator.",
          form: `one of ${comps.join(", ")}`,
          example: '"="',
        }),
      )
      .register(about, {
        description: "One operator for each field; `in`, `intersects` and `pmatch` compare with a list.",
        form: "a list as long as fields",
        example: '["=", startswith]',
        defaultText: "`=` for each field",
      })
      .optional(),
    values: z
      .array(
        z.array(value).register(about, {
          description: "One value for each field.",
          form: "a list as long as fields",
          example: "[agent, /etc/agent]",
        }),
      )
      .register(about, {
        description: "What is excepted: one list for each case, with one value for each field.",
        form: "a list of lists, each as long as fields",
        example: "[[agent, /etc/agent]]",
      }),
  })
  .register(about, {
    description: "What a rule must not tell.",
    form: "a map with rule, name, fields, comps and values",
    example:
      '{rule: Read sensitive file untrusted, name: wdavdaemon, fields: [proc.name], comps: ["="], values: [[wdavdaemon]]}',
  });

const expression = (description: string, example: string) =>
  text({ accepts: (value) => value.trim() !== "" }).register(about, {
    description,
    form: "an expression in Falco's language",
    example,
  });

const custom = z
  .strictObject({
    rule: ruleName("Name of the rule: the label `rule` of its alerts."),
    description: text({ accepts: (value) => value.trim() !== "" }).register(about, {
      description: "What it finds.",
      form: "text",
      example: "A shell in the payment service",
    }),
    condition: expression("When it matches.", '"spawned_process and container and k8s.ns.name = payments"'),
    output: text({ accepts: (value) => value.trim() !== "" }).register(about, {
      description: "What is told of the event, with fields as %proc.name.",
      form: "text",
      example: '"Shell in payments | process=%proc.cmdline"',
    }),
    priority: z.enum(falcoPriorities).register(about, {
      description: "How urgent it is. From critical on it is pushed.",
      form: `one of ${falcoPriorities.join(", ")}`,
      example: "critical",
    }),
    source: identifier("Where its events come from.", "syscall").default("syscall"),
    tags: z
      .array(identifier("One tag.", "container"))
      .register(about, { description: "Tags of the rule.", form: "a list of names", example: "[container]" })
      .default([]),
  })
  .register(about, {
    description: "A rule of your own.",
    form: "a map with rule, description, condition, output and priority",
    example:
      '{rule: Shell in payments, description: A shell in the payment service, condition: "spawned_process and container", output: "Shell | process=%proc.cmdline", priority: critical}',
  });

const override = z.enum(["append", "replace"]).register(about, {
  description: "For one of Falco's own: whether this is added to it or takes its place.",
  form: "append or replace",
  example: "append",
  defaultText: "none: a new one",
});

const macro = z
  .strictObject({
    macro: identifier("Name of the macro.", "user_known_contact_k8s_api_server_activities"),
    condition: expression("Its expression; with `override: append` it starts with `and` or `or`.", '"(k8s.ns.name = ops)"'),
    override: override.optional(),
  })
  .register(about, {
    description: "A macro.",
    form: "a map with macro, condition and override",
    example: '{macro: user_known_contact_k8s_api_server_activities, condition: "(k8s.ns.name = ops)", override: replace}',
  });

const list = z
  .strictObject({
    list: identifier("Name of the list.", "known_drop_and_execute_containers"),
    items: z.array(scalar).register(about, {
      description: "What is in it.",
      form: "a list of texts",
      example: "[docker.io/library/builder]",
    }),
    override: override.optional(),
  })
  .register(about, {
    description: "A list.",
    form: "a map with list, items and override",
    example: "{list: known_drop_and_execute_containers, items: [docker.io/library/builder], override: append}",
  });

export const falcoRules = z
  .strictObject({
    exceptions: z
      .array(exception)
      .register(about, {
        description: "What rules must not tell; those for this stack's own pods are there already.",
        form: "a list of exceptions",
        example: "[]",
      })
      .default([]),
    custom: z
      .array(custom)
      .register(about, { description: "Rules of your own.", form: "a list of rules", example: "[]" })
      .default([]),
    macros: z
      .array(macro)
      .register(about, { description: "Macros, new or changed.", form: "a list of macros", example: "[]" })
      .default([]),
    lists: z
      .array(list)
      .register(about, { description: "Lists, new or changed.", form: "a list of lists", example: "[]" })
      .default([]),
    disabled: z
      .array(ruleName("One of Falco's rules."))
      .register(about, {
        description: "Falco's rules that are switched off.",
        form: "a list of names of rules",
        example: "[System user interactive]",
      })
      .default([]),
  })
  .register(about, {
    description: "What is changed in Falco's rules.",
    form: "a map with exceptions, custom, macros, lists and disabled",
    example: "{disabled: [System user interactive]}",
    defaultText: "the rules of the pinned artifact, with exceptions for this stack's own pods",
  })
  .prefault({});
