/** A real Alertmanager with the deployed configuration before the sandbox's Slack and mailbox. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InboxClient } from "../../sandbox/sinks/client.ts";
import type { ArrivedMessage, EmailMessage, SlackAttachment, SlackMessage } from "../../sandbox/sinks/messages.ts";
import { sandboxTools } from "../sandbox/tools.ts";
import { runSinks } from "../unit/sinks/running.ts";
import { mailReceiver, mailServerSettings, slackReceiver, stageConfiguration } from "./stage.ts";
import { type RunningAlertmanager, startAlertmanager, type TestAlert } from "./verify-harness.ts";

/** What alerts of this stack carry by `externalLabels`. */
export const common = { environment: "dev", cluster: "dev-1" };

/** How this Alertmanager calls itself. */
export const alertmanagerUrl = "https://alertmanager.example.org";

/** The same alerts in both forms. */
export interface Told {
  readonly slack: SlackAttachment;
  readonly mail: EmailMessage;
  /** The Slack message with everything in it. */
  readonly message: SlackMessage;
  /** When the alerts began. ISO 8601. */
  readonly startsAt: string;
}

export interface MessageStage {
  readonly alertmanager: RunningAlertmanager;
  /** Posts the alerts together, beginning now; they must be of one group that was not used before. */
  told(alerts: readonly TestAlert[]): Promise<Told>;
  /** The next message of each kind after `act`. */
  next(act: () => Promise<void>): Promise<Omit<Told, "startsAt">>;
  close(): Promise<void>;
}

/** Both receivers take everything; a group waits a second. */
export async function startMessageStage(): Promise<MessageStage> {
  const { alertmanager: program } = await sandboxTools(["alertmanager"]);
  const running = await runSinks();
  const inbox = new InboxClient(running.state);
  const directory = await mkdtemp(join(tmpdir(), "belfry-messages-"));
  const { state, tls } = running;
  const settings = {
    receivers: [slackReceiver(state.slackWebhookUrl), mailReceiver({ severities: "all" })],
    smtp: mailServerSettings({ port: state.ports.smtp, ...state.smtp, certificate: tls.cert }),
  };
  const configuration = await stageConfiguration(directory, settings, 5);
  const alertmanager = await startAlertmanager(program, configuration, { externalUrl: alertmanagerUrl });

  async function next(act: () => Promise<void>): Promise<Omit<Told, "startsAt">> {
    const after = running.sinks.messages().at(-1)?.id ?? "";
    await act();
    const wait = (kind: "slack" | "email"): Promise<ArrivedMessage | undefined> =>
      inbox.waitFor(() => true, { kind, after, timeoutMs: 20_000, intervalMs: 50 });
    const [message, mail] = await Promise.all([wait("slack"), wait("email")]);
    assert.ok(message?.kind === "slack" && mail?.kind === "email", "no message came");
    const [slack] = message.attachments;
    assert.ok(slack);
    return { slack, mail, message };
  }

  return {
    alertmanager,
    next,
    told: async (alerts) => {
      // An alert that started before the group's wait would be told at once, without the others.
      const startsAt = new Date().toISOString();
      const both = await next(() => alertmanager.post(alerts.map((alert) => ({ startsAt, annotations: {}, ...alert }))));
      return { ...both, startsAt };
    },
    close: async () => {
      await alertmanager.close();
      await running.end();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** With TIME for each time. */
export const timeless = (text: string) => text.trim().replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, "TIME");

/** Characters of everything that Slack shows of a message. */
export const slackLength = ({ title, text, footer, pretext }: SlackAttachment) =>
  Array.from(title + text + footer + pretext).length;
