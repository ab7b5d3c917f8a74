/** A real blackbox exporter with the modules that are made of settings: what it accepts, and what it sends along. */
import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { moduleConfigurations, moduleName } from "../../components/probes/modules.ts";
import { caCertificateKey, probeSecret } from "../../components/shared/names.ts";
import type { ProbeModule, ProbeSettings } from "../../config/probe-settings.ts";
import { SecretValue } from "../../config/secret-value.ts";
import { loopback } from "../../sandbox/layout.ts";
import { sandboxTools } from "../sandbox/tools.ts";
import { loopbackCertificate } from "../unit/sinks/certificate.ts";
import { freePort } from "./verify-harness.ts";

const run = promisify(execFile);
const http = { prober: "http", expectedStatus: [], privateCa: false } as const;
const modules = {
  plain: http,
  accepted: { ...http, expectedStatus: [204, 404] },
  redirect: { ...http, expectedStatus: [302] },
  basic: { ...http, login: "old" },
  bearer: { ...http, login: "api" },
  privateCa: { ...http, privateCa: true },
  tcp: { prober: "tcp", tls: false, privateCa: false },
  tls: { prober: "tcp", tls: true, privateCa: false },
  tlsPrivateCa: { prober: "tcp", tls: true, privateCa: true },
  dns: { prober: "dns", query: "a.example.com", queryType: "MX" },
  icmp: { prober: "icmp" },
} as const satisfies Record<string, ProbeModule>;
const settings: ProbeSettings = {
  external: Object.values(modules).map((module, index) => ({
    target: String(index), module, labels: {}, intervalSeconds: 60, timeoutSeconds: 10,
  })),
  logins: [
    { name: "old", type: "basic", username: "probe", password: new SecretValue("belfry:probePassword-old", "unused") },
    { name: "api", type: "bearer", token: new SecretValue("belfry:probeToken-api", "unused") },
  ],
};

async function listening(server: Server | TcpServer): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, loopback, resolve));
  return `${loopback}:${String((server.address() as AddressInfo).port)}`;
}

describe("the blackbox exporter", function () {
  this.timeout(60_000);
  let directory: string;
  let exporter: ChildProcess;
  let base: string;
  let program: string;
  const certificate = loopbackCertificate();
  /** `Authorization` of the requests that came, in their order. */
  const authorizations: (string | undefined)[] = [];
  /** The only ones that `/login` lets in. */
  let accepted: string[] = [];
  const listener: RequestListener = (request, response) => {
    const { authorization } = request.headers;
    authorizations.push(authorization);
    const [, first = "", second = ""] = (request.url ?? "").split("/");
    const status = first === "login" ? (accepted.includes(authorization ?? "") ? 200 : 401) : Number(second);
    response.writeHead(status, { location: "/status/200" }).end();
  };
  const plain = createServer(listener);
  const secure = createTlsServer(certificate, listener);
  const tcp = createTcpServer((socket) => socket.end());
  let plainAddress: string;
  let secureAddress: string;
  let tcpAddress: string;

  const secret = (key: string, content: string) => writeFile(join(directory, key), content);

  before(async function () {
    // On a machine with empty caches the program is built first.
    this.timeout(20 * 60_000);
    program = (await sandboxTools(["blackbox_exporter"])).blackbox_exporter;
    [plainAddress, secureAddress, tcpAddress] = await Promise.all([listening(plain), listening(secure), listening(tcp)]);
    directory = await mkdtemp(join(tmpdir(), "belfry-blackbox-"));
    await Promise.all([secret("old", "right"), secret("api", "right"), secret(caCertificateKey, certificate.cert)]);
    const text = JSON.stringify({ modules: moduleConfigurations(settings) }).replaceAll(probeSecret.directory, directory);
    await writeFile(join(directory, "blackbox.yaml"), text);
    const address = `${loopback}:${String(await freePort())}`;
    base = `http://${address}`;
    exporter = spawn(program, [`--config.file=${join(directory, "blackbox.yaml")}`, `--web.listen-address=${address}`], {
      stdio: "ignore",
      env: { PATH: "" },
    });
    for (let ready = false; !ready;) {
      assert.equal(exporter.exitCode, null, "the exporter ended");
      ready = await fetch(`${base}/-/healthy`).then(({ ok }) => ok, () => false);
    }
  });
  after(async () => {
    const ended = once(exporter, "exit");
    exporter.kill("SIGKILL");
    await ended;
    for (const server of [plain, secure, tcp]) server.close();
    plain.closeAllConnections();
    secure.closeAllConnections();
    await rm(directory, { recursive: true, force: true });
  });

  /** Asks as Prometheus does. @returns whether the probe succeeded */
  async function probe(name: keyof typeof modules, target: string): Promise<boolean> {
    const query = new URLSearchParams({ module: moduleName(modules[name]), target });
    const answer = await fetch(`${base}/probe?${query.toString()}`, { headers: { "X-Prometheus-Scrape-Timeout-Seconds": "10" } });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    const success = /^probe_success ([01])$/m.exec(text)?.[1];
    assert.ok(success !== undefined, text);
    return success === "1";
  }
  const page = (status: number) => `http://${plainAddress}/status/${String(status)}`;

  it("takes every module", async () => {
    const check = () => run(program, [`--config.file=${join(directory, "blackbox.yaml")}`, "--config.check"], { env: { PATH: "" } });
    await assert.doesNotReject(check);
    const { modules: loaded } = await fetch(`${base}/config`)
      .then((answer) => answer.text())
      .then((text) => ({ modules: Object.values(modules).filter((module) => text.includes(`  ${moduleName(module)}:`)) }));
    assert.deepEqual(loaded, Object.values(modules));
  });

  it("succeeds with any status from 200 to 299, and no other", async () => {
    const found = await Promise.all([200, 204, 404, 500].map((status) => probe("plain", page(status))));
    assert.deepEqual(found, [true, true, false, false]);
    assert.equal(await probe("plain", `http://${loopback}:1/`), false);
  });

  it("follows a redirect to where it leads", async () => {
    assert.equal(await probe("plain", page(302)), true);
  });

  it("succeeds with the expected statuses, and no other", async () => {
    const found = await Promise.all([204, 404, 200, 500].map((status) => probe("accepted", page(status))));
    assert.deepEqual(found, [true, true, false, false]);
  });

  it("sees a redirect that is expected", async () => {
    assert.deepEqual([await probe("redirect", page(302)), await probe("redirect", page(200))], [true, false]);
  });

  const basic = (password: string) => `Basic ${Buffer.from(`probe:${password}`).toString("base64")}`;
  for (const { name, key, header } of [
    { name: "basic", key: "old", header: basic },
    { name: "bearer", key: "api", header: (token: string) => `Bearer ${token}` },
  ] as const) {
    it(`sends a ${name} login from its file, and at once the changed one`, async () => {
      accepted = [header("right")];
      authorizations.length = 0;
      const login = () => probe(name, `http://${plainAddress}/login`);
      assert.equal(await login(), true);
      await secret(key, "wrong");
      assert.equal(await login(), false);
      await secret(key, "new");
      accepted = [header("new")];
      assert.equal(await login(), true);
      assert.deepEqual(authorizations, [header("right"), header("wrong"), header("new")]);
    });
  }

  it("sends no login that was not asked for", async () => {
    authorizations.length = 0;
    await probe("plain", page(200));
    assert.deepEqual(authorizations, [undefined]);
  });

  it("trusts the private authority where that is asked for, and no other then", async () => {
    const target = `https://${secureAddress}/status/200`;
    assert.deepEqual([await probe("privateCa", target), await probe("plain", target)], [true, false]);
    assert.deepEqual([await probe("tlsPrivateCa", secureAddress), await probe("tls", secureAddress)], [true, false]);
    await secret(caCertificateKey, loopbackCertificate().cert);
    assert.deepEqual([await probe("privateCa", target), await probe("tlsPrivateCa", secureAddress)], [false, false]);
    await secret(caCertificateKey, certificate.cert);
    assert.deepEqual([await probe("privateCa", target), await probe("tlsPrivateCa", secureAddress)], [true, true]);
  });

  it("connects to a port, and tells when nobody listens", async () => {
    assert.deepEqual([await probe("tcp", tcpAddress), await probe("tcp", `${loopback}:1`)], [true, false]);
    // Without TLS on the other side there is nothing to greet.
    assert.equal(await probe("tls", tcpAddress), false);
  });
});
