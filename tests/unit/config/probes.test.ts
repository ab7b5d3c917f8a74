import assert from "node:assert/strict";

import { loadConfig } from "../../../config/load.ts";
import { configError, messageOf, rawConfig, refuses, type Changes, type Entry } from "./helpers.ts";

const shop = { target: "https://shop.example.com/" };
const probing = (...external: readonly unknown[]): Changes => ({ probes: { external } });
const duration = "a duration from 10s to 2m (such as 30s, 1m)";
const label = "a DNS label (lower-case letters, digits and hyphens, 63 characters at most)";

/** What is written, the secrets with it, and the whole message. */
function refusesWith(title: string, changes: Changes, secrets: Record<string, string>, ...entries: Entry[]): void {
  it(`refuses ${title}`, () => {
    assert.equal(configError(rawConfig({ changes, secrets })).message, messageOf(...entries));
  });
}

describe("probes", () => {
  it("are filled in with their defaults", () => {
    const { probes } = loadConfig(rawConfig({ changes: { probes: { external: [shop], services: {}, ingresses: {}, pods: {} } } }));
    const schedule = { intervalSeconds: 60, timeoutSeconds: 15 };
    const module = { prober: "http", expectedStatus: [], privateCa: false };
    const kind = { select: "annotated", namespaces: [], module, objectLabels: [], ...schedule };
    assert.deepEqual(probes, {
      external: [{ target: "https://shop.example.com/", module, labels: {}, ...schedule }],
      services: { ...kind, path: "/" },
      ingresses: kind,
      pods: { ...kind, path: "/health" },
      logins: [],
    });
  });

  it("take what is written, and the secret of each login", () => {
    const raw = rawConfig({
      changes: {
        probes: {
          interval: "30s",
          timeout: "5s",
          external: [
            { ...shop, expectedStatus: [301, 200, 301], login: "api", interval: "1m", timeout: "20s", labels: { team: "shop" } },
            { target: "db.example.com:5432", module: "tcp_connect" },
            { target: "ldap.example.com:636", module: "tcp_tls" },
            { target: "ns1.example.com", module: "dns", query: "shop.example.com", queryType: "MX" },
            { target: "192.0.2.1", module: "icmp" },
          ],
          services: { select: "all", module: "tcp_connect", namespaces: ["shop"], objectLabels: ["team"] },
          logins: [{ name: "api", type: "basic", username: "probe" }],
        },
      },
      secrets: { "probePassword-api": "canary" },
    });
    const { probes } = loadConfig(raw);
    const often = { intervalSeconds: 30, timeoutSeconds: 5 };
    assert.deepEqual(probes?.external, [
      {
        ...shop,
        module: { prober: "http", expectedStatus: [200, 301], privateCa: false, login: "api" },
        labels: { team: "shop" },
        intervalSeconds: 60,
        timeoutSeconds: 20,
      },
      { target: "db.example.com:5432", module: { prober: "tcp", tls: false, privateCa: false }, labels: {}, ...often },
      { target: "ldap.example.com:636", module: { prober: "tcp", tls: true, privateCa: false }, labels: {}, ...often },
      { target: "ns1.example.com", module: { prober: "dns", query: "shop.example.com", queryType: "MX" }, labels: {}, ...often },
      { target: "192.0.2.1", module: { prober: "icmp" }, labels: {}, ...often },
    ]);
    assert.deepEqual(probes.services, {
      select: "all",
      namespaces: ["shop"],
      module: { prober: "tcp", tls: false, privateCa: false },
      path: "/",
      objectLabels: ["team"],
      ...often,
    });
    const [login] = probes.logins;
    assert.equal(login?.type === "basic" ? login.password.reveal() : undefined, "canary");
  });

  refuses([
    [
      "that probe nothing",
      { probes: {} },
      [
        "belfry:probes: probes nothing: it names no external target, no services, ingresses or pods.",
        "Name something, for example external: [{target: https://shop.example.com/}], or remove the setting.",
      ],
    ],
    [
      "an empty list of targets alone",
      probing(),
      [
        "belfry:probes: probes nothing: it names no external target, no services, ingresses or pods.",
        "Name something, for example external: [{target: https://shop.example.com/}], or remove the setting.",
      ],
    ],
    [
      "a target that is no URL",
      probing({ target: "shop.example.com" }),
      [
        "belfry:probes.external[0].target: the value is not an http:// or https:// URL without a fragment, which http_2xx needs.",
        "Write it like this: target: https://shop.example.com/",
      ],
    ],
    [
      "a URL under the name of a secret's kind, without taking it for one",
      probing({ url: "https://shop.example.com/" }),
      [
        "belfry:probes.external[0].target: is missing; it must be an http(s):// URL, for tcp host:port, for dns and icmp a host.",
        "Write it like this: target: https://shop.example.com/",
      ],
      [
        "belfry:probes.external[0].url: is not a setting.",
        "Remove it. Known here: target, module, expectedStatus, login, privateCa, query, queryType, interval, timeout, labels.",
      ],
    ],
    [
      "a URL with a password in it",
      probing({ target: "https://user:canary@shop.example.com/" }),
      [
        "belfry:probes.external[0].target: the value holds a user or password, which must be taken for exposed: replace it, and use a login.",
        "Write it like this: target: https://shop.example.com/",
      ],
    ],
    [
      "a tcp target without a port",
      probing({ target: "db.example.com", module: "tcp_connect" }),
      [
        "belfry:probes.external[0].target: the value is not an address host:port, which tcp_connect needs.",
        "Write it like this: target: db.example.com:5432",
      ],
    ],
    [
      "a URL as a DNS server",
      probing({ target: "https://ns1.example.com", module: "dns", query: "shop.example.com" }),
      [
        "belfry:probes.external[0].target: the value is not a DNS server: a host, or host:port, which dns needs.",
        "Write it like this: target: ns1.example.com",
      ],
    ],
    [
      "a port for a ping",
      probing({ target: "gateway.example.com:80", module: "icmp" }),
      [
        "belfry:probes.external[0].target: the value is not a host name or IP address, which icmp needs.",
        "Write it like this: target: gateway.example.com",
      ],
    ],
    [
      "an unknown module",
      probing({ ...shop, module: "http2xx" }),
      [
        'belfry:probes.external[0].module: "http2xx" is not one of http_2xx, tcp_connect, tcp_tls, dns, icmp. Did you mean http_2xx?',
        "Write it like this: module: http_2xx",
      ],
    ],
    [
      "what belongs to other modules",
      probing({ target: "db.example.com:5432", module: "tcp_connect", expectedStatus: [200], privateCa: true, query: "a.example.com" }),
      [
        "belfry:probes.external[0].expectedStatus: belongs to http_2xx, but the module is tcp_connect.",
        "Remove it, or change the module.",
      ],
      [
        "belfry:probes.external[0].privateCa: belongs to http_2xx and tcp_tls, but the module is tcp_connect.",
        "Remove it, or change the module.",
      ],
      ["belfry:probes.external[0].query: belongs to dns, but the module is tcp_connect.", "Remove it, or change the module."],
      [
        "belfry:probes.external[0].privateCa: is true, but belfry:probes.caCertificate is missing.",
        "Add the authority's certificate there, in PEM form, or remove privateCa.",
      ],
    ],
    [
      "a DNS probe without a question",
      probing({ target: "ns1.example.com", module: "dns" }),
      [
        "belfry:probes.external[0].query: is missing: dns needs the name to ask for.",
        "Write it like this: query: shop.example.com",
      ],
    ],
    [
      "a status code that there is not",
      probing({ ...shop, expectedStatus: [2000] }),
      [
        "belfry:probes.external[0].expectedStatus[0]: 2000 is not an HTTP status code from 100 to 599.",
        "Write it like this: - 204",
      ],
    ],
    [
      "an empty list of status codes",
      probing({ ...shop, expectedStatus: [] }),
      ["belfry:probes.external[0].expectedStatus: the value is an empty list.", "Write it like this: expectedStatus: [200, 204]"],
    ],
    [
      "the same target twice, however it is written",
      probing(shop, { target: "HTTPS://Shop.example.com:443" }),
      [
        "belfry:probes.external[1].target: is the same target as belfry:probes.external[0]: both would write the same series.",
        "Remove one of the two.",
      ],
    ],
    [
      "the same target twice, by different modules",
      probing({ target: "192.0.2.1", module: "icmp" }, { target: "192.0.2.1", module: "dns", query: "a.example.com" }),
      [
        "belfry:probes.external[1].target: is the same target as belfry:probes.external[0]: both would write the same series.",
        "Remove one of the two.",
      ],
    ],
    [
      "an interval that leaves gaps",
      probing({ ...shop, interval: "5m" }),
      [`belfry:probes.external[0].interval: "5m" is not ${duration}.`, "Write it like this: interval: 30s"],
    ],
    [
      "a timeout above the interval",
      { probes: { interval: "10s", external: [shop] } },
      [
        'belfry:probes.timeout: "15s" is longer than the interval of "10s".',
        "Write it like this: timeout: 10s, or a longer interval.",
      ],
    ],
    [
      "a target's timeout above its interval",
      probing({ ...shop, interval: "10s" }, { target: "https://a.example.com", timeout: "60s", interval: "30s" }),
      [
        'belfry:probes.external[0].timeout: "15s" is longer than the interval of "10s".',
        "Write it like this: timeout: 10s, or a longer interval.",
      ],
      [
        'belfry:probes.external[1].timeout: "60s" is longer than the interval of "30s".',
        "Write it like this: timeout: 30s, or a longer interval.",
      ],
    ],
    [
      "a kind's timeout above its interval",
      { probes: { pods: { interval: "10s" } } },
      [
        'belfry:probes.pods.timeout: "15s" is longer than the interval of "10s".',
        "Write it like this: timeout: 10s, or a longer interval.",
      ],
    ],
    [
      "a label that the stack sets",
      probing({ ...shop, labels: { job: "mine" } }),
      [
        "belfry:probes.external[0].labels: the value has the label job, which the stack sets itself.",
        "Write it like this: labels: {team: shop}",
      ],
    ],
    [
      "a label that is none",
      probing({ ...shop, labels: { "my-team": "a" } }),
      [
        'belfry:probes.external[0].labels: the value has the label "my-team", which is no name of a label (letters, digits and "_", no digit first).',
        "Write it like this: labels: {team: shop}",
      ],
    ],
    [
      "a label that is no text",
      probing({ ...shop, labels: { team: 7 } }),
      [
        "belfry:probes.external[0].labels.team: is a number, not text on one line of at most 200 characters.",
        "Write it like this: team: shop",
      ],
    ],
    [
      "a ping where the platform allows none",
      { ...probing({ target: "192.0.2.1", module: "icmp" }), platform: "gke-autopilot" },
      [
        "belfry:probes.external[0].module: icmp is not possible on Google GKE Autopilot: a ping needs the capability NET_RAW, " +
          "which the namespace of the monitoring stack does not allow there.",
        "Write it like this: module: tcp_connect, with a target host:port",
      ],
    ],
    [
      "object labels that meet, or that the stack sets",
      { probes: { services: { objectLabels: ["a.b/c", "a-b/c", "namespace"] } } },
      [
        'belfry:probes.services.objectLabels[1]: "a-b/c" becomes the label a_b_c, as "a.b/c" does.',
        "Remove one of the two.",
      ],
      [
        'belfry:probes.services.objectLabels[2]: "namespace" becomes the label namespace, which the stack sets itself.',
        "Remove it.",
      ],
    ],
    [
      "an http setting for connections",
      { probes: { services: { module: "tcp_connect", path: "/", expectedStatus: [200] } } },
      [
        "belfry:probes.services.expectedStatus: belongs to http_2xx, but the module is tcp_connect.",
        "Remove it, or change the module.",
      ],
      ["belfry:probes.services.path: belongs to http_2xx, but the module is tcp_connect.", "Remove it, or change the module."],
    ],
    [
      "a path without a slash",
      { probes: { pods: { path: "health" } } },
      ['belfry:probes.pods.path: "health" is not a path that begins with /.', "Write it like this: path: /health"],
    ],
    [
      "a selection that there is not",
      { probes: { pods: { select: "some" } } },
      ['belfry:probes.pods.select: "some" is not annotated or all.', "Write it like this: select: annotated"],
    ],
    [
      "an authority that nobody trusts",
      { probes: { ...probing(shop)["probes"] as object, caCertificate: "x" } },
      [
        "belfry:probes.caCertificate: \"x\" is not a certificate in PEM form.",
        "Write it like this: caCertificate: |",
        "    -----BEGIN CERTIFICATE-----",
        "    ...",
        "    -----END CERTIFICATE-----",
      ],
      [
        "belfry:probes.caCertificate: is trusted by no probe.",
        "Write privateCa: true where it is to be trusted, or remove it.",
      ],
    ],
    [
      "trust in an authority that is missing",
      { probes: { ingresses: { privateCa: true } } },
      [
        "belfry:probes.ingresses.privateCa: is true, but belfry:probes.caCertificate is missing.",
        "Add the authority's certificate there, in PEM form, or remove privateCa.",
      ],
    ],
    [
      "a login that there is not",
      probing({ ...shop, login: "api" }),
      ['belfry:probes.external[0].login: "api" is no login in belfry:probes.logins.', "Add it there: - {name: api, type: bearer}"],
    ],
    [
      "a login without its secret",
      { probes: { external: [{ ...shop, login: "api" }], logins: [{ name: "api", type: "bearer" }] } },
      [
        "belfry:probeToken-api: is missing: the login api in belfry:probes needs it.",
        "Run this, it asks for the value: pulumi config set --secret belfry:probeToken-api --stack dev",
      ],
    ],
    [
      "a secret inside a login",
      { probes: { external: [{ ...shop, login: "api" }], logins: [{ name: "api", type: "basic", username: "probe", password: "canary" }] } },
      [
        "belfry:probes.logins[0].password: looks like a secret, which does not belong into belfry:probes, and is in plain text in Pulumi.dev.yaml.",
        "Remove it, replace the exposed secret where it was issued (it may be in the git history too), then run this, " +
          "it asks for the value: pulumi config set --secret belfry:probePassword-api --stack dev",
      ],
      [
        "belfry:probePassword-api: is missing: the login api in belfry:probes needs it.",
        "Run this, it asks for the value: pulumi config set --secret belfry:probePassword-api --stack dev",
      ],
    ],
  ]);

  const login = (changes: Changes, target: Changes = {}): Changes => ({
    probes: { external: [{ ...shop, login: "api", ...target }], logins: [{ name: "api", type: "bearer", ...changes }] },
  });
  const token = { "probeToken-api": "canary" };
  const password = { "probePassword-api": "canary" };
  refusesWith(
    "a login over plain http",
    login({}, { target: "http://shop.example.com/" }),
    token,
    [
      "belfry:probes.external[0].login: would be sent in plain text: the target is an http:// URL.",
      "Write the target with https://, or remove login.",
    ],
  );
  refusesWith("a basic login without a user", login({ type: "basic" }), password, [
    "belfry:probes.logins[0].username: is missing: basic needs a user.",
    "Write it like this: username: probe",
  ]);
  refusesWith("a bearer login with a user", login({ username: "probe" }), token, [
    "belfry:probes.logins[0].username: belongs to basic, but the type is bearer.",
    "Remove it, or write type: basic.",
  ]);
  refusesWith("a login that nobody uses", login({}, { login: undefined }), token, [
    "belfry:probes.logins[0]: is used by no target.",
    "Write login: api at a target in belfry:probes.external, or remove the login.",
  ]);
  refusesWith(
    "two logins of one name",
    { probes: { external: [{ ...shop, login: "api" }], logins: [{ name: "api", type: "bearer" }, { name: "api", type: "bearer" }] } },
    token,
    [
      'belfry:probes.logins[1].name: "api" is already the name of belfry:probes.logins[0].',
      "Give every login a name of its own.",
    ],
  );
  refusesWith("a token with a line break", login({}), { "probeToken-api": "canary\ncanary" }, [
    "belfry:probeToken-api: the value has more than one line.",
    "It must be text without white space. Run this, it asks for the value: pulumi config set --secret belfry:probeToken-api --stack dev",
  ]);
  refusesWith("the secret of a login that there is not", login({}), { ...token, "probeToken-apu": "canary" }, [
    "belfry:probeToken-apu: is not a setting: no bearer login in belfry:probes has this name. Did you mean belfry:probeToken-api?",
    "Remove it: pulumi config rm belfry:probeToken-apu --stack dev",
  ]);
  refusesWith("a login's secret without the login's name", {}, { probeToken: "canary" }, [
    "belfry:probeToken: is not a setting: no bearer login in belfry:probes has this name.",
    "Remove it: pulumi config rm belfry:probeToken --stack dev",
  ]);

  it("refuses a login's secret in plain text", () => {
    const raw = rawConfig({ changes: { ...login({}), "probeToken-api": "canary" } });
    assert.equal(
      configError(raw).message,
      messageOf([
        "belfry:probeToken-api: is in plain text in Pulumi.dev.yaml.",
        "Replace the exposed secret where it was issued (it may be in the git history too), then run this, " +
          "it asks for the new value: pulumi config set --secret belfry:probeToken-api --stack dev",
      ]),
    );
  });

  it("never repeats a target that may hold something secret", () => {
    const raw = rawConfig({ changes: probing({ target: "https://user:canary@shop.example.com/" }, { target: "canary" }) });
    assert.ok(!configError(raw).message.includes("canary"));
  });

  it("accepts a login over http inside the cluster", () => {
    const raw = rawConfig({ changes: login({}, { target: "http://api.shop.svc:8080/" }), secrets: token });
    assert.equal(loadConfig(raw).probes?.external.length, 1);
  });

  it("accepts a port for a DNS server and IPv6 addresses", () => {
    const changes = probing(
      { target: "ns1.example.com:5353", module: "dns", query: "a.example.com" },
      { target: "[2001:db8::1]:443", module: "tcp_connect" },
      { target: "2001:db8::1", module: "icmp" },
    );
    assert.equal(loadConfig(rawConfig({ changes })).probes?.external.length, 3);
  });
});

describe("scrape targets", () => {
  const job = { name: "build", targets: ["build.example.com:9100"] };

  it("are filled in with their defaults", () => {
    assert.deepEqual(loadConfig(rawConfig({ changes: { scrapeTargets: [job] } })).scrapeTargets, [
      { ...job, scheme: "http", path: "/metrics", labels: {}, intervalSeconds: 60, timeoutSeconds: 10 },
    ]);
  });

  refuses([
    [
      "a job without targets",
      { scrapeTargets: [{ name: "build", targets: [] }] },
      ["belfry:scrapeTargets[0].targets: the value is an empty list.", "Write it like this: targets: [build.example.com:9100]"],
    ],
    [
      "an address that is a URL",
      { scrapeTargets: [{ ...job, targets: ["http://build.example.com:9100"] }] },
      ["belfry:scrapeTargets[0].targets[0]: the value is not an address host:port.", "Write it like this: - build.example.com:9100"],
    ],
    [
      "two jobs of one name",
      { scrapeTargets: [job, { ...job, targets: ["other.example.com:1"] }] },
      [
        'belfry:scrapeTargets[1].name: "build" is already the name of belfry:scrapeTargets[0].',
        "Give every job a name of its own.",
      ],
    ],
    [
      "a name that is no DNS label",
      { scrapeTargets: [{ ...job, name: "Build Server" }] },
      [`belfry:scrapeTargets[0].name: "Build Server" is not ${label}.`, "Write it like this: name: build-server"],
    ],
    [
      "the name of a job of this stack",
      { scrapeTargets: [{ ...job, name: "blackbox-external" }, { name: "kube-prometheus-stack-alertmanager", targets: ["a:1"] }] },
      [
        'belfry:scrapeTargets[0].name: "blackbox-external" is a job of this stack, whose alerts count its series.',
        "Choose another name.",
      ],
      [
        'belfry:scrapeTargets[1].name: "kube-prometheus-stack-alertmanager" is a job of this stack, whose alerts count its series.',
        "Choose another name.",
      ],
    ],
    [
      "the same address twice",
      { scrapeTargets: [job, { name: "other", targets: ["a.example.com:1", "BUILD.example.com:9100"] }] },
      [
        "belfry:scrapeTargets[1].targets[1]: is the same target as belfry:scrapeTargets[0].targets[0]: it would be counted twice.",
        "Remove one of the two.",
      ],
    ],
    [
      "a timeout above the interval",
      { scrapeTargets: [{ ...job, interval: "10s", timeout: "20s" }] },
      [
        'belfry:scrapeTargets[0].timeout: "20s" is longer than the interval of "10s".',
        "Write it like this: timeout: 10s, or a longer interval.",
      ],
    ],
    [
      "a label that the stack sets",
      { scrapeTargets: [{ ...job, labels: { instance: "a" } }] },
      [
        "belfry:scrapeTargets[0].labels: the value has the label instance, which the stack sets itself.",
        "Write it like this: labels: {team: shop}",
      ],
    ],
  ]);
});
