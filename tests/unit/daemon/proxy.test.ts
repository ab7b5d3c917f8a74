import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import { connect as connectPlain, type AddressInfo, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { MetricSource } from "../../../sandbox/daemon/exporter/metric-source.ts";
import { type Exporter, startExporter } from "../../../sandbox/daemon/exporter/proxy.ts";
import { loopbackCertificate } from "../sinks/certificate.ts";
import { emptyCluster, node } from "./objects.ts";

const job = "serviceMonitor/monitoring/kubelet/0";
const asJob = (name: string) => `Basic ${Buffer.from(`${name}:`).toString("base64")}`;

interface Answer {
  readonly status: number;
  readonly type: string | undefined;
  readonly body: string;
}

describe("the proxy of the exporter", () => {
  let exporter: Exporter;
  let real: Server;
  let received: string[];

  before(async () => {
    received = [];
    real = createServer((incoming, response) => {
      let body = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (chunk: string) => (body += chunk));
      incoming.on("end", () => {
        received.push([incoming.method, incoming.url, incoming.headers.authorization, body].join(" "));
        response.writeHead(200, { "content-type": "text/real" }).end("real");
      });
    });
    real.listen(0, "127.0.0.1");
    await once(real, "listening");
    const realPort = (real.address() as AddressInfo).port;
    exporter = await startExporter({
      port: 0,
      tls: loopbackCertificate(),
      source: new MetricSource(),
      world: () => ({
        cluster: { ...emptyCluster, nodes: [node("one", "192.168.100.11")] },
        now: 2,
        startedAt: 1,
        reloaded: { prometheus: true, alertmanager: true },
      }),
      real: { prometheus: realPort, alertmanager: realPort, "prometheus-operator": 1 },
    });
  });

  after(async () => {
    await exporter.close();
    real.close();
    await once(real, "close");
  });

  it("answers a scrape in the target's place", async () => {
    const answer = await viaProxy("GET", "http://192.168.100.11:10250/metrics", asJob(job));
    assert.equal(answer.status, 200);
    assert.equal(answer.type, "text/plain; version=0.0.4; charset=utf-8");
    assert.ok(answer.body.includes('kubelet_node_name{node="one"} 1\n'));
  });

  it("answers inside a TLS tunnel", async () => {
    const socket = connectPlain(exporter.port, "127.0.0.1");
    socket.write(`CONNECT 192.168.100.11:10250 HTTP/1.1\r\nproxy-authorization: ${asJob(job)}\r\n\r\n`);
    const [first] = (await once(socket, "data")) as [Buffer];
    assert.equal(first.toString(), "HTTP/1.1 200 Connection established\r\n\r\n");
    const secure = connectTls({ socket, rejectUnauthorized: false });
    await once(secure, "secureConnect");
    secure.write("GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    const text = await everything(secure);
    assert.ok(text.startsWith("HTTP/1.1 200 OK\r\n"));
    assert.ok(text.includes('kubelet_node_name{node="one"} 1\n'));
  });

  it("hands alerts and the scrapes of real programs on, without credentials", async () => {
    const alerts = await viaProxy("POST", "http://10.0.0.9:9093/api/v2/alerts", asJob("alerting/0"), "[]");
    const scraped = await viaProxy(
      "GET",
      "http://10.0.0.9:9090/metrics?a=b",
      asJob("serviceMonitor/monitoring/prometheus/0"),
    );
    assert.deepEqual(
      [alerts, scraped],
      [
        { status: 200, type: "text/real", body: "real" },
        { status: 200, type: "text/real", body: "real" },
      ],
    );
    assert.deepEqual(received, ["POST /api/v2/alerts  []", "GET /metrics?a=b  "]);
  });

  it("is a failing target where the real program does not run", async () => {
    const operator = asJob("serviceMonitor/monitoring/kube-prometheus-stack-operator/0");
    const { status } = await viaProxy("GET", "http://10.0.0.9:8080/metrics", operator);
    assert.equal(status, 502);
  });

  it("refuses whoever does not say which job asks, and what is no request to a proxy", async () => {
    const refused = {
      status: 403,
      type: "text/plain; charset=utf-8",
      body: "this proxy serves the sandbox's Prometheus only\n",
    };
    assert.deepEqual(await viaProxy("GET", "http://10.0.0.9/metrics", undefined), refused);
    assert.deepEqual(await viaProxy("GET", "/metrics", asJob(job)), refused);
    assert.equal((await viaProxy("POST", "http://192.168.100.11:10250/metrics", asJob(job), "x")).status, 405);
    const socket = connectPlain(exporter.port, "127.0.0.1");
    socket.write("CONNECT example.com:443 HTTP/1.1\r\n\r\n");
    assert.equal(await everything(socket), "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
  });

  function viaProxy(method: string, path: string, authorization: string | undefined, body = ""): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = {
        authorization: "Bearer secret",
        ...(authorization === undefined ? {} : { "proxy-authorization": authorization }),
      };
      const outgoing = request(
        { host: "127.0.0.1", port: exporter.port, method, path, headers, agent: false },
        (response) => {
          let text = "";
          response.setEncoding("utf8");
          response.on("data", (chunk: string) => (text += chunk));
          response.on("end", () => {
            resolve({ status: response.statusCode ?? 0, type: response.headers["content-type"], body: text });
          });
          response.on("error", reject);
        },
      );
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }
});

async function everything(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(socket, "close");
  return Buffer.concat(chunks).toString("utf8");
}
