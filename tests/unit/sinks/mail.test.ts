import assert from "node:assert/strict";
import { connect } from "node:net";
import { createTransport } from "nodemailer";
import { choosePorts } from "../../../sandbox/ports.ts";
import { startMailServer } from "../../../sandbox/sinks/mail-server.ts";
import { runSinks, type RunningSinks } from "./running.ts";

describe("mailbox", () => {
  let running: RunningSinks;

  before(async () => {
    running = await runSinks();
  });

  after(() => running.end());

  const transport = (
    options: { user?: string; pass?: string; method?: string; plain?: boolean; ca?: string; port?: number } = {},
  ) => {
    const { username, password } = running.state.smtp;
    return createTransport({
      host: "127.0.0.1",
      port: options.port ?? running.state.ports.smtp,
      ...(options.plain === true ? { ignoreTLS: true } : { requireTLS: true }),
      tls: { ca: options.ca ?? running.tls.cert },
      auth: { user: options.user ?? username, pass: options.pass ?? password },
      authMethod: options.method,
    });
  };
  const mail = { from: "Belfry <belfry@example.org>", to: "oncall@example.org", subject: "s", text: "t" };
  const mails = () => running.sinks.messages().filter((message) => message.kind === "email");

  it("takes a mail over TLS and reads it", async () => {
    await transport().sendMail({
      ...mail,
      to: ["On call <oncall@example.org>", "ops@example.org"],
      bcc: "hidden@example.org",
      subject: "[FIRING: 1] Größe 🔔",
      text: "Hello",
      html: "<p>Hello</p><script>alert(1)</script>",
      headers: { "X-Test": "a b" },
      attachments: [{ filename: "a.txt", content: "abc" }],
    });
    const [message] = mails();
    assert.ok(message);
    const { headers, id, receivedAt, ...rest } = message;
    assert.match(`${id} ${receivedAt}`, /^\d{15}-\d{6} \d{4}-/);
    assert.deepEqual(rest, {
      kind: "email",
      from: "Belfry <belfry@example.org>",
      to: ["On call <oncall@example.org>", "ops@example.org"],
      recipients: ["oncall@example.org", "ops@example.org", "hidden@example.org"],
      subject: "[FIRING: 1] Größe 🔔",
      text: "Hello",
      html: "<p>Hello</p><script>alert(1)</script>",
      attachments: [{ name: "a.txt", type: "text/plain", bytes: 3 }],
    });
    assert.deepEqual(
      headers.find(({ name }) => name === "X-Test"),
      { name: "X-Test", value: "a b" },
    );
    assert.equal(
      headers.find(({ name }) => name.toLowerCase() === "bcc"),
      undefined,
    );
  });

  it("takes AUTH PLAIN and LOGIN", async () => {
    const before = mails().length;
    await transport({ method: "PLAIN" }).sendMail(mail);
    await transport({ method: "LOGIN" }).sendMail(mail);
    assert.equal(mails().length, before + 2);
  });

  it("refuses a wrong password and a wrong user", async () => {
    const before = mails().length;
    const refused = { responseCode: 535, response: "535 Authentication failed: wrong user or password" };
    for (const method of ["PLAIN", "LOGIN"]) {
      await assert.rejects(transport({ method, pass: "wrong" }).sendMail(mail), refused);
      await assert.rejects(transport({ method, user: "wrong" }).sendMail(mail), refused);
    }
    assert.equal(mails().length, before);
  });

  it("is not trusted by a client that does not know its certificate", async () => {
    await assert.rejects(transport({ ca: "" }).sendMail(mail), { code: "ESOCKET" });
  });

  /** Sends lines without TLS, each after the answer to the one before; gives the answers. */
  async function talk(...lines: string[]): Promise<string[]> {
    const socket = connect({ host: "127.0.0.1", port: running.state.ports.smtp });
    const answers: string[] = [];
    let text = "";
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      text += chunk.toString();
      const last = /^(?:\d{3}-.*\r\n)*(\d{3} .*)\r\n$/.exec(text)?.[1];
      if (last === undefined) continue;
      answers.push(text.startsWith("250-") ? text : last);
      text = "";
      const line = lines.shift();
      if (line === undefined) break;
      socket.write(`${line}\r\n`);
    }
    socket.destroy();
    return answers;
  }

  it("takes no password without TLS, and no mail without a password", async () => {
    const { username, password } = running.state.smtp;
    const plain = Buffer.from(`\0${username}\0${password}`).toString("base64");
    const before = mails().length;
    const [banner, offered = "", auth, from] = await talk(
      "EHLO test",
      `AUTH PLAIN ${plain}`,
      "MAIL FROM:<a@example.org>",
    );
    assert.equal(banner, "220 mailbox.belfry.test ESMTP Belfry sandbox");
    assert.match(offered, /250[- ]STARTTLS\r\n/);
    assert.equal(auth, "538 Error: Must issue a STARTTLS command first");
    assert.equal(from, "530 Error: authentication Required");
    await assert.rejects(transport({ plain: true }).sendMail(mail), { responseCode: 538 });
    assert.equal(mails().length, before);
  });

  it("refuses a mail that is too large, and tells the sender when one could not be kept", async () => {
    const kept: unknown[] = [];
    const ports = await choosePorts();
    const server = await startMailServer({
      state: { ...running.state, ports },
      tls: running.tls,
      limit: 10_000,
      keep: (message) => (kept.push(message) > 1 ? Promise.reject(new Error("disk full")) : Promise.resolve()),
    });
    try {
      const port = ports.smtp;
      const text = "a".repeat(76).concat("\r\n").repeat(150);
      await assert.rejects(transport({ port }).sendMail({ ...mail, text }), {
        responseCode: 552,
        response: "552 The mail is too large",
      });
      assert.deepEqual(kept, []);
      await transport({ port }).sendMail(mail);
      const lost = { responseCode: 451, response: "451 The mail could not be kept" };
      await assert.rejects(transport({ port }).sendMail(mail), lost);
    } finally {
      await server.close();
    }
  });

  it("goes on after a client that breaks off", async () => {
    const socket = connect({ host: "127.0.0.1", port: running.state.ports.smtp });
    await new Promise((resolve) => socket.once("data", resolve));
    socket.write("EHLO test\r\nSTARTTLS\r\n");
    await new Promise((resolve) => socket.once("data", resolve));
    socket.write("no handshake");
    socket.destroy();
    const before = mails().length;
    await transport().sendMail(mail);
    assert.equal(mails().length, before + 1);
  });
});
