import assert from "node:assert/strict";

import * as formats from "../../../config/formats.ts";
import { nearest, settingKey } from "../../../config/problems.ts";

/** What a function makes of each text. */
function table<T>(of: (text: string) => T, rows: Readonly<Record<string, T>>): void {
  assert.deepEqual(Object.fromEntries(Object.keys(rows).map((text) => [text, of(text)])), rows);
}

/** A self-signed certificate of `CN=test`, valid until 2126; its key was thrown away. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBdjCCARugAwIBAgIUI7GaAY6QxAhGms78Ot5KaFuBGRUwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjMyMDIzMzZaGA8yMTI2MTAzMDIwMjMz
NlowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABOIR
iUCjhqwqGmOgoI9nIxczZyuV7j4z1Eo47rZVtfWZvlbi2HWwEVAnNNMcbqxOjeAV
C0aJMKwOiT9bbL5EKpGjUzBRMB0GA1UdDgQWBBSb6FmB3yxOPmZ0i4/IF1dWwcDD
jjAfBgNVHSMEGDAWgBSb6FmB3yxOPmZ0i4/IF1dWwcDDjjAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0kAMEYCIQCOkrc3PK9WefQUq/2Wdlk9atAWsnTRlhEY
HumJNFaS7AIhAI9qRE2Hn+eTXbvpXp6dyHGWKB2xaMWFx6psPzT/e9DO
-----END CERTIFICATE-----
`;

describe("formats", () => {
  it("knows durations as Prometheus writes them", () => {
    table(formats.parseDuration, {
      "0s": 0,
      "90s": 90,
      "5m": 300,
      "1h30m": 5400,
      "1y2w3d4h5m6s": 365 * 86400 + 14 * 86400 + 3 * 86400 + 4 * 3600 + 306,
      "": undefined,
      "5": undefined,
      "30m1h": undefined,
      "1.5h": undefined,
      "5M": undefined,
      " 5m": undefined,
      "500ms": undefined,
    });
  });

  it("knows quantities as Kubernetes writes them", () => {
    table(formats.parseQuantity, {
      "1": 1,
      "1k": 1000,
      "1Ki": 1024,
      "20Gi": 20 * 1024 ** 3,
      "1.5Ti": 1.5 * 1024 ** 4,
      "500M": 5e8,
      "1E": 1e18,
      "1e3": 1000,
      "": undefined,
      "20GiB": undefined,
      "1K": undefined,
      "-1Gi": undefined,
      Gi: undefined,
      "1 Gi": undefined,
    });
  });

  it("knows sizes as Prometheus writes them", () => {
    table(formats.parseSize, {
      "16GiB": 16 * 1024 ** 3,
      "16GB": 16 * 1024 ** 3,
      "1.5TB": 1.5 * 1024 ** 4,
      "512MB": 512 * 1024 ** 2,
      "16Gi": undefined,
      "16": undefined,
      "": undefined,
    });
    assert.equal(formats.formatSize(8 * 1024 ** 3), "8GiB");
    assert.equal(formats.formatSize(1.2 * 1024 ** 3), "1228MiB");
  });

  it("knows names, hosts and addresses", () => {
    table(formats.isDnsLabel, { a: true, "a-1": true, "": false, "-a": false, "a-": false, A: false, "a.b": false });
    assert.equal(formats.isDnsLabel("a".repeat(63)), true);
    assert.equal(formats.isDnsLabel("a".repeat(64)), false);
    table(formats.isHost, {
      "smtp.example.com": true,
      "SMTP.example.com": true,
      mail: true,
      "10.0.0.1": true,
      "::1": true,
      "10.0.0.256": false,
      "smtp.example.com:25": false,
      "https://a": false,
      a_b: false,
      "": false,
    });
    table(formats.isEmailAddress, {
      "a@example.com": true,
      "a.b+c@mail.example.com": true,
      "a@EXAMPLE.com": true,
      "a..b@example.com": false,
      "@example.com": false,
      "a@example": false,
      "a@10.0.0.1": false,
      "a@b@example.com": false,
      "a b@example.com": false,
      "a@example.com\n": false,
      "<a@example.com>": false,
    });
    table(formats.isSlackChannel, {
      "#alerts": true,
      "#a_b-1": true,
      "@jo.doe": true,
      alerts: false,
      "#": false,
      "#Alerts": false,
      "#a b": false,
      "#a.b": false,
      "#a\n": false,
    });
    table(formats.isLoopbackHost, {
      localhost: true,
      "127.0.0.1": true,
      "127.9.9.9": true,
      "[::1]": true,
      "::1": true,
      "127.0.0.1.example.com": false,
      "10.0.0.1": false,
      "": false,
    });
  });

  it("reads certificates", () => {
    assert.equal(formats.certificateProblem(certificate), undefined);
    assert.equal(formats.certificateProblem(`${certificate}\n${certificate}`), undefined);
    assert.equal(formats.certificateProblem(""), "is not a certificate in PEM form");
    const cut = certificate.replace(/\n[^\n-]+\n-----END/, "\n-----END");
    assert.equal(formats.certificateProblem(cut), "is not a certificate that can be read");
    const key = "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n";
    assert.equal(formats.certificateProblem(certificate + key), "holds a private key");
    const other = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n";
    assert.equal(formats.certificateProblem(certificate + other), "is not a certificate in PEM form");
  });
});

describe("nearest", () => {
  it("names what was most likely meant, or nothing", () => {
    const names = ["platform", "profile", "receivers", "retention", "smtp"];
    table((word) => nearest(word, names), {
      platfrom: "platform",
      Platform: "platform",
      profil: "profile",
      reciever: "receivers",
      stmp: "smtp",
      x: undefined,
      zebra: undefined,
      "": undefined,
    });
  });

  it("takes the one that begins alike of equally near ones", () => {
    assert.equal(nearest("form", ["port", "from"]), "from");
    assert.equal(nearest("b", []), undefined);
  });
});

describe("settingKey", () => {
  it("writes a path as people read it", () => {
    assert.equal(settingKey(["platform"]), "belfry:platform");
    assert.equal(settingKey(["receivers", 1, "to", 0]), "belfry:receivers[1].to[0]");
    assert.equal(settingKey(["smtp", 'a "b"']), 'belfry:smtp["a \\"b\\""]');
  });
});
