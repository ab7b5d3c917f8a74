/** A Slack, a heartbeat receiver and a mail server that misbehave on demand, each on one port for all its moods. */
import { createServer, type Server, type ServerResponse } from "node:http";
import { createServer as createTcp, type AddressInfo, type Socket } from "node:net";
import { SMTPServer } from "smtp-server";
import { loopback } from "../../sandbox/layout.ts";
import { loopbackCertificate } from "../unit/sinks/certificate.ts";
import { freePort } from "./verify-harness.ts";

/** What arrived for good: answered with success. */
export interface Arrival {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Title of the Slack message, subject of the mail. */
  readonly title: string;
}

/** An answer by its status, or none at all. */
export type HookMood = number | "hang";

export interface FaultyHook {
  readonly url: string;
  mood: HookMood;
  readonly arrived: Arrival[];
  /** Calls that were refused or left without an answer. */
  refused: number;
  close(): Promise<void>;
}

/** Answers as Slack does; for a heartbeat the title is empty. */
export async function startFaultyHook(mood: HookMood = 200): Promise<FaultyHook> {
  const waiting = new Set<ServerResponse>();
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (hook.mood === "hang") {
        hook.refused += 1;
        waiting.add(response);
      } else if (hook.mood === 200) {
        hook.arrived.push({ at: Date.now(), title: titleOf(Buffer.concat(chunks).toString()) });
        response.end("ok");
      } else {
        hook.refused += 1;
        response.writeHead(hook.mood, hook.mood === 429 ? { "retry-after": "1" } : {}).end("no");
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, loopback, resolve));
  const hook: FaultyHook = {
    url: `http://${loopback}:${(server.address() as AddressInfo).port}/services/T0/B0/secret`,
    mood,
    arrived: [],
    refused: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return hook;
}

function titleOf(body: string): string {
  const { attachments } = JSON.parse(body) as { attachments?: { title: string }[] };
  return attachments?.[0]?.title ?? "";
}

/** `down`: the port is closed. `hang`: it takes connections and never says a word. */
export type MailMood = "well" | "down" | "hang" | "greylisting" | "wrong password" | "no TLS";

export interface FaultyMail {
  readonly port: number;
  /** PEM of its certificate. */
  readonly certificate: string;
  readonly arrived: Arrival[];
  /** Steps of a delivery that were refused. */
  refused: number;
  turn(mood: MailMood): Promise<void>;
  close(): Promise<void>;
}

interface Closable {
  close(): Promise<void>;
}

export async function startFaultyMail(first: MailMood = "well"): Promise<FaultyMail> {
  const port = await freePort();
  const tls = loopbackCertificate();
  let running: Closable | undefined;
  const mail: FaultyMail = {
    port,
    certificate: tls.cert,
    arrived: [],
    refused: 0,
    turn: async (mood) => {
      await running?.close();
      running = mood === "down" ? undefined : mood === "hang" ? await silent(mail) : await speaking(mail, tls, mood);
    },
    close: async () => {
      await running?.close();
    },
  };
  await mail.turn(first);
  return mail;
}

async function silent(mail: FaultyMail): Promise<Closable> {
  const sockets = new Set<Socket>();
  const server = createTcp((socket) => {
    mail.refused += 1;
    sockets.add(socket.on("error", () => undefined));
  });
  await new Promise<void>((resolve) => server.listen(mail.port, loopback, resolve));
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function speaking(
  mail: FaultyMail,
  tls: { readonly key: string; readonly cert: string },
  mood: MailMood,
): Promise<Closable> {
  const refusal = (code: number, text: string) => {
    mail.refused += 1;
    return Object.assign(new Error(text), { responseCode: code });
  };
  const server = new SMTPServer({
    ...tls,
    disabledCommands: mood === "no TLS" ? ["STARTTLS"] : [],
    closeTimeout: 100,
    disableReverseLookup: true,
    logger: false,
    onConnect: (_session, done) => {
      if (mood === "no TLS") mail.refused += 1;
      done();
    },
    onAuth: ({ username }, _session, done) =>
      mood === "wrong password" ? done(refusal(535, "Authentication failed")) : done(null, { user: username ?? "" }),
    onRcptTo: (_address, _session, done) =>
      mood === "greylisting" ? done(refusal(450, "Greylisted, try again later")) : done(),
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const subject = /^Subject: (.*)$/m.exec(Buffer.concat(chunks).toString())?.[1]?.trim() ?? "";
        mail.arrived.push({ at: Date.now(), title: subject });
        done();
      });
    },
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(mail.port, loopback, () => resolve()));
  return { close: () => new Promise((resolve) => server.close(() => resolve())) };
}
