import { accepts, slack, mail, heartbeat, smtp, refuses, type Changes } from "./helpers.ts";

const label = "a DNS label (lower-case letters, digits and hyphens, 63 characters at most)";
const channel = "a Slack channel (#name in lower case, without spaces and dots) or user (@name)";
const quotes = "The quotes are needed: without them YAML takes # for the beginning of a comment.";
const address = "an e-mail address (name@example.com, without a display name)";
const duration = "a duration from 30s to 24h (such as 90s, 5m, 1h)";

const withSlack = (changes: Changes): Changes => ({ receivers: [{ ...slack, ...changes }, mail, heartbeat] });
const withMail = (changes: Changes): Changes => ({ receivers: [slack, { ...mail, ...changes }, heartbeat] });
const withHeartbeat = (changes: Changes): Changes => ({ receivers: [slack, mail, { ...heartbeat, ...changes }] });
const withSmtp = (changes: Changes): Changes => ({ smtp: { ...smtp, ...changes } });

describe("a receiver", () => {
  refuses([
    [
      "receivers that are no list",
      { receivers: { slack } },
      [
        "belfry:receivers: is a map, not a list of receivers.",
        "Write it like this: belfry:receivers:",
        '  - {name: slack, type: slack, channel: "#alerts"}',
        "  - {name: mail, type: email, to: [oncall@example.com]}",
      ],
    ],
    [
      "no receivers",
      { receivers: undefined },
      [
        "belfry:receivers: is missing; it must be a list of receivers.",
        "Write it like this: belfry:receivers:",
        '  - {name: slack, type: slack, channel: "#alerts"}',
        "  - {name: mail, type: email, to: [oncall@example.com]}",
      ],
    ],
    [
      "an empty list of receivers",
      { receivers: [] },
      [
        "belfry:receivers: is an empty list: nobody would be told.",
        'Add a receiver for people: - {name: slack, type: slack, channel: "#alerts"}',
      ],
    ],
    [
      "receivers for machines only",
      { receivers: [heartbeat] },
      [
        "belfry:receivers: holds only heartbeats: nobody would be told.",
        'Add a receiver for people: - {name: slack, type: slack, channel: "#alerts"}',
      ],
    ],
    [
      "a receiver that is no map",
      { receivers: [slack, "mail"] },
      [
        "belfry:receivers[1]: is text, not a receiver: a map with name, type and what the type needs.",
        'Write it like this: - {name: slack, type: slack, channel: "#alerts"}',
      ],
    ],
    [
      "an unknown kind of receiver",
      { receivers: [slack, { name: "chat", type: "slak" }] },
      [
        'belfry:receivers[1].type: "slak" is not a kind of receiver (slack, email or heartbeat). Did you mean slack?',
        "Write it like this: type: slack",
      ],
    ],
    [
      "a receiver without type, with a key that no type has",
      { receivers: [slack, { name: "chat", typ: "email", to: [] }] },
      [
        "belfry:receivers[1].type: is missing: a receiver is slack, email or heartbeat.",
        "Write it like this: type: slack",
      ],
      ["belfry:receivers[1].typ: is not a setting. Did you mean type?", "Rename it to type, or remove it."],
    ],
    [
      "a receiver without a name",
      withSlack({ name: undefined }),
      [`belfry:receivers[0].name: is missing; it must be ${label}.`, "Write it like this: name: slack"],
    ],
    [
      "a receiver's name that is no DNS label",
      withMail({ name: "My_Mail" }),
      [`belfry:receivers[1].name: "My_Mail" is not ${label}.`, "Write it like this: name: mail"],
    ],
    [
      "the name of Alertmanager's empty receiver",
      withMail({ name: "null" }),
      [
        'belfry:receivers[1].name: "null" is the name of the receiver that drops alerts.',
        "Write it like this: name: mail",
      ],
    ],
    [
      "two receivers of one name",
      withMail({ name: "slack" }),
      [
        'belfry:receivers[1].name: "slack" is already the name of belfry:receivers[0].',
        "Give every receiver a name of its own.",
      ],
    ],
    [
      "a channel without #",
      withSlack({ channel: "alerts" }),
      [`belfry:receivers[0].channel: "alerts" is not ${channel}.`, 'Write it like this: channel: "#alerts"', quotes],
    ],
    [
      "a channel that is a webhook, which is not shown",
      withSlack({ channel: "https://hooks.slack.com/services/T/B/canary" }),
      [`belfry:receivers[0].channel: the value is not ${channel}.`, 'Write it like this: channel: "#alerts"', quotes],
    ],
    [
      "an unknown severity",
      withMail({ severities: ["Critical"] }),
      [
        'belfry:receivers[1].severities[0]: "Critical" is not critical or warning. Did you mean critical?',
        "Write it like this: - critical",
        'Alerts of severity info and none are told to nobody; "all" includes unknown and missing severities.',
      ],
    ],
    [
      "severities as text",
      withMail({ severities: "critical" }),
      [
        'belfry:receivers[1].severities: "critical" is not "all" or a list of critical and warning.',
        "Write it like this: severities: [critical, warning]",
      ],
    ],
    [
      "an empty list of severities",
      withMail({ severities: [] }),
      [
        "belfry:receivers[1].severities: the value is an empty list.",
        "Write it like this: severities: [critical, warning]",
      ],
    ],
    [
      "a severity twice",
      withMail({ severities: ["critical", "critical"] }),
      ["belfry:receivers[1].severities[1]: is the same as belfry:receivers[1].severities[0].", "Remove one."],
    ],
    [
      "an e-mail receiver without addresses",
      withMail({ to: [] }),
      ["belfry:receivers[1].to: the value is an empty list.", "Write it like this: to: [oncall@example.com]"],
    ],
    [
      "an address as text",
      withMail({ to: "oncall@example.com" }),
      [
        "belfry:receivers[1].to: is text, not a list of e-mail addresses.",
        "Write it like this: to: [oncall@example.com]",
      ],
    ],
    [
      "addresses that are none",
      withMail({
        to: ["On Call <oncall@example.com>", "oncall", "a@b@c", "x@example.com\r\nBcc: y@example.com", "z@localhost"],
      }),
      [
        `belfry:receivers[1].to[0]: "On Call <oncall@example.com>" is not ${address}.`,
        "Write it like this: - oncall@example.com",
      ],
      [`belfry:receivers[1].to[1]: "oncall" is not ${address}.`, "Write it like this: - oncall@example.com"],
      [`belfry:receivers[1].to[2]: "a@b@c" is not ${address}.`, "Write it like this: - oncall@example.com"],
      [`belfry:receivers[1].to[3]: the value is not ${address}.`, "Write it like this: - oncall@example.com"],
      [`belfry:receivers[1].to[4]: "z@localhost" is not ${address}.`, "Write it like this: - oncall@example.com"],
    ],
    [
      "an address twice",
      withMail({ to: ["a@example.com", "b@example.com", "a@example.com"] }),
      ["belfry:receivers[1].to[2]: is the same as belfry:receivers[1].to[0].", "Remove one."],
    ],
    ...["29s", "25h", "5 minutes", "0", "-5m"].map(
      (interval) =>
        [
          `a heartbeat every ${interval}`,
          withHeartbeat({ interval }),
          [
            `belfry:receivers[2].interval: ${JSON.stringify(interval)} is not ${duration}.`,
            "Write it like this: interval: 5m",
          ],
        ] as const,
    ),
    [
      "an interval without unit",
      withHeartbeat({ interval: 300 }),
      [`belfry:receivers[2].interval: is a number, not ${duration}.`, "Write it like this: interval: 5m"],
    ],
    [
      "a key of another kind of receiver",
      withHeartbeat({ channel: "#alerts" }),
      ["belfry:receivers[2].channel: is not a setting.", "Remove it. Known here: name, type, interval."],
    ],
  ]);

  accepts([
    ["a channel in other letters", withSlack({ channel: "#störungen-警報" })],
    ["a user as channel", withSlack({ channel: "@jo.doe" })],
    ["severities in a list", withSlack({ severities: ["warning", "critical"] })],
    ["a heartbeat every 60s", withHeartbeat({ interval: "60s" })],
    ["a heartbeat every 24h", withHeartbeat({ interval: "24h" })],
    ["a mail server by its IP address", withSmtp({ host: "2001:db8::25" })],
    ["a plus in an address", withMail({ to: ["on+call@mail.example.com"] })],
  ]);
});
