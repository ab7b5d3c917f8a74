/** Settings that say who is told: receivers for the whole cluster, teams, and the mail server. */
import { z } from "zod";

import * as formats from "./formats.ts";
import { about, dnsLabel, dnsLabelText, someOf, privateAuthority, text } from "./schema-kit.ts";

const receiverName = (example: string) =>
  text({
    accepts: formats.isDnsLabel,
    problem: (value) => (value === "null" ? "is the name of the receiver that drops alerts" : undefined),
  }).register(about, {
    description:
      "Its name, unique among all receivers; further receivers of a kind have it at the end of their secret's key.",
    form: dnsLabel,
    example,
  });

const address = () => text({ accepts: formats.isEmailAddress });

const addressForm = "an e-mail address (name@example.com, without a display name)";

const recipients = () =>
  someOf(
    address().register(about, { description: "One address.", form: addressForm, example: "oncall@example.com" }),
  ).register(about, {
    description: "Who gets the mail.",
    form: "a list of e-mail addresses",
    example: "[oncall@example.com]",
  });

/** The severities that a person can be told of; `info` and `none` are for nobody. */
export const toldSeverities = ["critical", "warning"] as const;

const severitiesForm = '"all" or a list of critical and warning';

const severities = (defaultText: string) =>
  z
    .union([
      z.literal("all"),
      someOf(
        z.enum(toldSeverities).register(about, {
          description: "One severity.",
          form: "critical or warning",
          example: "critical",
          hint: 'Alerts of severity info and none are told to nobody; "all" includes unknown and missing severities.',
        }),
      ),
    ])
    .register(about, {
      description:
        "Which alerts are told here. `all`: all that are for people, also with an unknown severity or without one.",
      form: severitiesForm,
      example: "[critical, warning]",
      defaultText,
    });

const slack = z
  .strictObject({
    name: receiverName("slack"),
    type: z.literal("slack"),
    channel: text({ accepts: formats.isSlackChannel }).register(about, {
      description:
        "The channel or user; a webhook of today posts to the channel it was made for, whatever stands here.",
      form: "a Slack channel (#name in lower case, without spaces and dots) or user (@name)",
      example: '"#alerts"',
      hint: "The quotes are needed: without them YAML takes # for the beginning of a comment.",
    }),
    severities: severities("`all`").optional(),
  })
  .register(about, {
    description: "A Slack channel, reached by an incoming webhook. Its secret is `belfry:slackWebhookUrl`.",
    form: "a Slack receiver",
    example: '{name: slack, type: slack, channel: "#alerts"}',
  });

const email = z
  .strictObject({
    name: receiverName("mail"),
    type: z.literal("email"),
    to: recipients(),
    severities: severities("`[critical]`").optional(),
  })
  .register(about, {
    description: "A mail list. Needs `belfry:smtp`.",
    form: "an e-mail receiver",
    example: "{name: mail, type: email, to: [oncall@example.com]}",
  });

const heartbeat = z
  .strictObject({
    name: receiverName("heartbeat"),
    type: z.literal("heartbeat"),
    interval: text({
      accepts: (value) => {
        const seconds = formats.parseDuration(value) ?? 0;
        return seconds >= 30 && seconds <= 86_400;
      },
    })
      .register(about, {
        description: "Time between two beats: what the other side expects.",
        form: "a duration from 30s to 24h (such as 90s, 5m, 1h)",
        example: "5m",
      })
      .default("5m"),
  })
  .register(about, {
    description:
      "A URL outside the cluster that expects a beat at every interval and raises the alarm when the beats stop. " +
      "Its secret is `belfry:heartbeatUrl`.",
    form: "a heartbeat receiver",
    example: "{name: heartbeat, type: heartbeat, interval: 5m}",
  });

export const receiverTypes = ["slack", "email", "heartbeat"] as const;

export const receivers = z
  .array(
    z.discriminatedUnion("type", [slack, email, heartbeat]).register(about, {
      description: "One receiver.",
      form: "a receiver: a map with name, type and what the type needs",
      example: '{name: slack, type: slack, channel: "#alerts"}',
    }),
  )
  .register(about, {
    description:
      "Who is told, in this order. At least one Slack or e-mail receiver; any number of each kind. The first Slack " +
      "receiver (without one, the first e-mail receiver) also gets what no other wants.",
    form: "a list of receivers",
    example:
      '\n  - {name: slack, type: slack, channel: "#alerts"}\n  - {name: mail, type: email, to: [oncall@example.com]}',
  });

export const smtp = z
  .strictObject({
    host: text({ accepts: formats.isHost }).register(about, {
      description: "The mail server.",
      form: "a host name or IP address, without scheme and port",
      example: "smtp.example.com",
    }),
    port: z
      .number()
      .refine((port) => Number.isInteger(port) && port >= 1 && port <= 65_535)
      .register(about, {
        description: "Its port. On 465 TLS is spoken from the first byte, on every other port STARTTLS.",
        form: "a whole number from 1 to 65535",
        example: "587",
      })
      .default(587),
    from: address().register(about, {
      description: "The sender of every mail.",
      form: addressForm,
      example: "belfry@example.com",
    }),
    username: text({ accepts: (value) => /^\S(.*\S)?$/.test(value) })
      .register(about, {
        description: "The user at the mail server. With it `belfry:smtpPassword` is needed.",
        form: "a user name on one line, without white space at its ends",
        example: "belfry@example.com",
        defaultText: "none: no authentication",
      })
      .optional(),
    tls: z
      .enum(["required", "off"])
      .register(about, {
        description:
          "`required`: encrypted, the certificate verified. `off`: plain text; not possible with a `username`, " +
          "unless the server is on loopback.",
        form: "required or off",
        example: "required",
      })
      .default("required"),
    caCertificate: privateAuthority("Certificate of a private authority that signed the server's certificate; public, no secret."),
  })
  .register(about, {
    description: "The mail server. Needed as soon as there is an e-mail receiver or a team.",
    form: "a map of mail server settings",
    example: "{host: smtp.example.com, port: 587, from: belfry@example.com, username: belfry@example.com}",
    defaultText: "none",
  });

const team = z
  .strictObject({
    namespace: dnsLabelText().register(about, {
      description: "The team's namespace.",
      form: dnsLabel,
      example: "shop",
    }),
    createNamespace: z
      .boolean()
      .register(about, {
        description: "Whether this stack creates the namespace, and deletes it with everything in it at the end.",
        form: "true or false",
        example: "true",
      })
      .default(false),
    name: dnsLabelText().register(about, {
      description: "Name of the team's AlertmanagerConfig and of its receiver, unique in the namespace.",
      form: dnsLabel,
      example: "email",
    }),
    to: recipients(),
    severities: severities("`[critical, warning]`").optional(),
  })
  .register(about, {
    description: "One team.",
    form: "a team: a map with namespace, name and to",
    example: "{namespace: shop, name: email, to: [shop-team@example.com]}",
  });

export const teams = z
  .array(team)
  .register(about, {
    description:
      "Teams that are told by e-mail of the alerts of their own namespace, besides everybody else. Each is an " +
      "AlertmanagerConfig object in that namespace. Needs `belfry:smtp`.",
    form: "a list of teams",
    example: "\n  - {namespace: shop, createNamespace: true, name: email, to: [shop-team@example.com]}",
  })
  .default([]);
