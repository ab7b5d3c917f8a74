/** Messages as the store gives them, with only what a test is about. */
import type { EmailMessage, HeartbeatMessage, SlackAttachment, SlackMessage } from "../../../sandbox/sinks/messages.ts";

const receivedAt = "2026-11-23T19:15:00.000Z";

export const attachment: SlackAttachment = {
  color: "",
  pretext: "",
  title: "",
  titleLink: "",
  text: "",
  fields: [],
  footer: "",
};

export function slackMessage(parts: Partial<SlackMessage>): SlackMessage {
  return {
    id: "000000000000001-000000",
    receivedAt,
    kind: "slack",
    channel: "",
    username: "",
    text: "",
    title: "",
    fallback: "",
    attachments: [],
    blocks: [],
    payload: {},
    ...parts,
  };
}

export function emailMessage(parts: Partial<EmailMessage>): EmailMessage {
  return {
    id: "000000000000002-000000",
    receivedAt,
    kind: "email",
    from: "Belfry <belfry@example.org>",
    to: ["oncall@example.org"],
    recipients: ["oncall@example.org"],
    subject: "",
    text: "",
    html: "",
    headers: [],
    attachments: [],
    ...parts,
  };
}

export function heartbeat(beat: number, at: string): HeartbeatMessage {
  return { id: `000000000000003-00000${beat}`, receivedAt: at, kind: "heartbeat", beat, payload: null };
}
