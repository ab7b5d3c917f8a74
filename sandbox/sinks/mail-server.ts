/** The mailbox: an SMTP server that takes mail from one user, over TLS only. */
import { type AddressObject, type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer, type SMTPServerDataStream } from "smtp-server";
import { loopback, type SandboxState } from "../layout.ts";
import { portError, sameSecret } from "./http.ts";
import type { EmailHeader, EmailMessage, NewMessage } from "./messages.ts";

/** Largest mail, in bytes. */
export const mailLimit = 10 * 1024 * 1024;

export interface MailServerOptions {
  readonly state: SandboxState;
  /** PEM. The certificate must be good for the address or name by which the server is called. */
  readonly tls: { readonly key: string; readonly cert: string };
  /** Keeps a message; a rejection is answered with 451, so that the sender tries again. */
  readonly keep: (message: NewMessage) => Promise<unknown>;
  /** How long a client may be silent, in milliseconds; default 30,000. */
  readonly silence?: number;
  /** Largest mail, in bytes; default {@link mailLimit}. */
  readonly limit?: number;
}

export interface MailServer {
  close(): Promise<void>;
}

/** Listens on `ports.smtp`. @throws UserError when the port is taken */
export async function startMailServer(options: MailServerOptions): Promise<MailServer> {
  const { state, tls, keep, silence = 30_000, limit = mailLimit } = options;
  const { username, password } = state.smtp;
  const server = new SMTPServer({
    name: "mailbox.belfry.test",
    banner: "Belfry sandbox",
    key: tls.key,
    cert: tls.cert,
    minVersion: "TLSv1.2",
    // Without TLS every AUTH is refused (538), and without AUTH every mail (530).
    authMethods: ["PLAIN", "LOGIN"],
    authOptional: false,
    allowInsecureAuth: false,
    size: limit,
    maxClients: 50,
    socketTimeout: silence,
    closeTimeout: 200,
    disableReverseLookup: true,
    logger: false,
    onAuth(auth, _session, done) {
      const right = [sameSecret(auth.username ?? "", username), sameSecret(auth.password ?? "", password)];
      if (right.every(Boolean)) done(null, { user: username });
      else done(refusal(535, "Authentication failed: wrong user or password"));
    },
    onData(stream, session, done) {
      const recipients = session.envelope.rcptTo.map(({ address }) => address);
      takeMail(stream, recipients, keep).then(
        () => done(),
        (error: unknown) => done(error instanceof Refusal ? error : refusal(451, "The mail could not be kept")),
      );
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => {
      reject(portError(error, state.ports.smtp));
    });
    server.listen({ host: loopback, port: state.ports.smtp, exclusive: true }, resolve);
  });
  // Clients that break off or fail the TLS handshake are no concern of the sandbox; they learn of it themselves.
  server.on("error", () => undefined);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
      }),
  };
}

class Refusal extends Error {
  constructor(
    readonly responseCode: number,
    message: string,
  ) {
    super(message);
  }
}

function refusal(code: number, message: string): Refusal {
  return new Refusal(code, message);
}

async function takeMail(
  stream: SMTPServerDataStream,
  recipients: readonly string[],
  keep: MailServerOptions["keep"],
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    // The rest must be read all the same: the client only listens when it has sent everything.
    if (!stream.sizeExceeded) chunks.push(chunk);
  }
  if (stream.sizeExceeded) throw refusal(552, "The mail is too large");
  const parsed = await simpleParser(Buffer.concat(chunks), {
    skipHtmlToText: true,
    skipImageLinks: true,
    skipTextToHtml: true,
    skipTextLinks: true,
  });
  await keep(readMail(parsed, recipients));
}

/** @param recipients the envelope's */
export function readMail(mail: ParsedMail, recipients: readonly string[]): Omit<EmailMessage, "id" | "receivedAt"> {
  return {
    kind: "email",
    from: addresses(mail.from).join(", "),
    to: addresses(mail.to),
    recipients,
    subject: mail.subject ?? "",
    text: mail.text ?? "",
    html: typeof mail.html === "string" ? mail.html : "",
    headers: mail.headerLines.map(readHeader),
    attachments: mail.attachments.map(({ filename, contentType, size }) => ({
      name: filename ?? "",
      type: contentType,
      bytes: size,
    })),
  };
}

function addresses(header: ParsedMail["to"]): string[] {
  const lists: AddressObject[] = header === undefined ? [] : [header].flat();
  return lists.flatMap(({ value }) =>
    value.map(({ name, address = "" }) => (name === "" ? address : `${name} <${address}>`)),
  );
}

function readHeader({ line }: { readonly line: string }): EmailHeader {
  const colon = line.indexOf(":");
  return {
    name: line.slice(0, colon),
    value: line
      .slice(colon + 1)
      .replace(/\r?\n\s*/gu, " ")
      .trim(),
  };
}
