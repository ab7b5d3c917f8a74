/** Finds the marked messages among those that arrived in the sandbox. */
import type { ArrivedMessage } from "../../sandbox/sinks/messages.ts";
import type { Integration } from "./tree.ts";

/** What verification needs of the sandbox's inbox; `sandbox/sinks/client.ts` has it. */
export interface Inbox {
  messages(): Promise<readonly ArrivedMessage[]>;
}

const kinds: Readonly<Record<string, ArrivedMessage["kind"]>> = {
  slack: "slack",
  email: "email",
  webhook: "heartbeat",
};

/** Whether the sandbox has a sink for this integration. */
export function hasSink(integration: string): boolean {
  return Object.hasOwn(kinds, integration);
}

/** What the message must hold: one of `marks`, each of them a list of texts. */
export interface Wanted {
  readonly marks: readonly (readonly string[])[];
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** Whether the message went where this integration sends: Slack's channel, the mail's addresses. */
function wentTo(message: ArrivedMessage, { target }: Integration): boolean {
  if (target === undefined) {
    return true;
  }
  switch (message.kind) {
    case "slack":
      return message.channel === target;
    case "email": {
      const recipients = message.recipients.map((address) => address.toLowerCase());
      const addresses = target.match(/[^\s,;<>"]+@[^\s,;<>"]+/g) ?? [];
      return addresses.every((address) => recipients.includes(address.toLowerCase()));
    }
    case "heartbeat":
      return true;
  }
}

/** The message that proves one integration, if it is there. */
export function findMessage(
  messages: readonly ArrivedMessage[],
  integration: Integration,
  wanted: Wanted,
): ArrivedMessage | undefined {
  return messages.find((message) => {
    if (message.kind !== kinds[integration.kind] || Date.parse(message.receivedAt) < wanted.since) {
      return false;
    }
    const text = JSON.stringify(message);
    return wanted.marks.some((mark) => mark.every((part) => text.includes(part))) && wentTo(message, integration);
  });
}
