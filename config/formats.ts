/**
 * The forms that texts in the settings have: what is well formed, and what a duration or size amounts to. Pure; none of
 * them throws.
 */
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";

const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Name of a namespace, a receiver, an object. */
export function isDnsLabel(text: string): boolean {
  return dnsLabel.test(text);
}

/** Lower-case DNS name of one or more labels, as Kubernetes wants it of object names. */
export function isDnsName(text: string): boolean {
  return text.length <= 253 && text.split(".").every(isDnsLabel);
}

/** DNS name (of any case) or IP address; no port, no scheme. */
export function isHost(text: string): boolean {
  return isIP(text) !== 0 || (isDnsName(text.toLowerCase()) && !/^[\d.]+$/.test(text));
}

/** A network such as `192.0.2.0/24` or `2001:db8::/32`. */
export function isCidr(text: string): boolean {
  const match = /^([0-9A-Fa-f.:]+)\/(\d{1,3})$/.exec(text);
  const family = isIP(match?.[1] ?? "");
  return family !== 0 && Number(match?.[2]) <= (family === 4 ? 32 : 128);
}

/** What label values of alerts and metrics may be here: letters, digits, `.`, `_` and `-`, 63 at most. */
export function isLabelValue(text: string): boolean {
  return /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(text);
}

/** Host and port, an IPv6 address in brackets. */
export function isHostAndPort(text: string): boolean {
  const [, bracketed, plain, port] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed === undefined ? plain !== undefined && isHost(plain) : isIP(bracketed) === 6;
  return host && Number(port) >= 1 && Number(port) <= 65_535;
}

/** Name of a label of a Kubernetes object, with or without a prefix. */
export function isObjectLabel(text: string): boolean {
  const parts = text.split("/");
  const name = parts.at(-1) ?? "";
  const prefix = parts.length === 2 ? isDnsName(parts[0] ?? "") : parts.length === 1;
  return prefix && isLabelValue(name);
}

const localPart = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;

/** A bare address: no display name, no angle brackets, nothing that could break a header. */
export function isEmailAddress(text: string): boolean {
  const at = text.lastIndexOf("@");
  const domain = text.slice(at + 1).toLowerCase();
  return (
    text.length <= 254 &&
    at > 0 &&
    at <= 64 &&
    localPart.test(text.slice(0, at)) &&
    domain.includes(".") &&
    isDnsName(domain) &&
    !/^[\d.]+$/.test(domain)
  );
}

/** `#channel` (lower case, no spaces, no dots, as Slack makes them) or `@user`. */
export function isSlackChannel(text: string): boolean {
  return /^#[\p{Ll}\p{Lo}\p{Lm}\p{M}\p{N}_-]{1,80}$/u.test(text) || /^@[a-z0-9][a-z0-9._-]{0,79}$/.test(text);
}

export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

/** The parts in the order in which Prometheus and its operator want them. */
const duration = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;
const durationSeconds = [365 * 86_400, 7 * 86_400, 86_400, 3_600, 60, 1];

/** Seconds of a Prometheus duration such as `90s`, `5m`, `1h30m`, `10d`; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const match = duration.exec(text);
  if (match === null || text === "") {
    return undefined;
  }
  return durationSeconds.reduce((sum, seconds, index) => sum + seconds * Number(match[index + 1] ?? 0), 0);
}

const binary = new Map(["K", "M", "G", "T", "P", "E"].map((prefix, index) => [prefix, 1024 ** (index + 1)]));
const decimal = new Map(["k", "M", "G", "T", "P", "E"].map((prefix, index) => [prefix, 1000 ** (index + 1)]));

/** Bytes of a Kubernetes quantity such as `20Gi`, `500M`, `1.5Ti`; undefined when it is none. */
export function parseQuantity(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(?:([KMGTPE])i|([kMGTPE])|[eE](\d{1,2}))?$/.exec(text);
  if (match === null) {
    return undefined;
  }
  const [, number, binaryPrefix, decimalPrefix, exponent] = match;
  const factor = binary.get(binaryPrefix ?? "") ?? decimal.get(decimalPrefix ?? "") ?? 10 ** Number(exponent ?? 0);
  return Number(number) * factor;
}

/** Bytes of a Prometheus size such as `16GiB` (or `16GB`: the same to Prometheus); undefined when it is none. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([KMGTPE])i?B$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (binary.get(match[2] ?? "") ?? 1);
}

/** `bytes` rounded down to MiB and written as Prometheus does, in GiB where that is a whole number. */
export function formatSize(bytes: number): string {
  const mebibytes = Math.floor(bytes / 1024 ** 2);
  return mebibytes % 1024 === 0 ? `${mebibytes / 1024}GiB` : `${mebibytes}MiB`;
}

/** `localhost`, 127.0.0.0/8 or ::1, as a URL's `hostname` or a bare host. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  return bare === "localhost" || bare === "::1" || (isIP(bare) === 4 && bare.startsWith("127."));
}

/** Why a text is no PEM bundle of certificates, as the end of a sentence; undefined when it is one. */
export function certificateProblem(text: string): string | undefined {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    return "holds a private key";
  }
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  const rest = blocks.reduce((left, block) => left.replace(block, ""), text);
  if (blocks.length === 0 || rest.includes("-----")) {
    return "is not a certificate in PEM form";
  }
  return blocks.every(isCertificate) ? undefined : "is not a certificate that can be read";
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
