/** Certificates: soon, expired, and what is no certificate. Times of promtool begin in 1970. */
import type { Ring, Scenario } from "../scenario.ts";
import { change, gone, hold, type Series, series, without } from "../series.ts";
import { day, expiry, of, type Probe, probes, probeWorld, success } from "../worlds/probes.ts";
import { prometheusStopped } from "../worlds/unseen.ts";

const scenario = (name: string, minutes: number, changed: readonly Series[], ...rings: readonly Ring[]): Scenario => ({
  name: `certificates: ${name}`,
  rules: ["certificates"],
  minutes,
  world: changed,
  rings,
});

type Times = Omit<Ring, "alert" | "labels">;
const soon = (probe: Probe, times: Times): Ring => ({
  alert: "BelfryCertificateExpiresSoon",
  labels: { severity: "warning", ...probe },
  ...times,
});
const expired = (probe: Probe, times: Times): Ring => ({
  alert: "BelfryCertificateExpired",
  labels: { severity: "critical", ...probe },
  ...times,
});

const date = of("probe_ssl_earliest_cert_expiry", probes.url);
const result = of("probe_success", probes.url);
const nameless = { job: "blackbox-external", instance: "https://a.example.com/" };

/** The first, and one that differs from it in one label each. */
const siblings: readonly Probe[] = [
  { job: "blackbox-external", namespace: "shop", instance: "https://a.example.com/", service: "a", ingress: "a", pod: "a-0" },
  { job: "blackbox-external", namespace: "payments", instance: "https://a.example.com/", service: "a", ingress: "a", pod: "a-0" },
  { job: "blackbox-services", namespace: "shop", instance: "https://a.example.com/", service: "a", ingress: "a", pod: "a-0" },
  { job: "blackbox-external", namespace: "shop", instance: "https://a.example.com/", service: "b", ingress: "a", pod: "a-0" },
  { job: "blackbox-external", namespace: "shop", instance: "https://a.example.com/", service: "a", ingress: "b", pod: "a-0" },
  { job: "blackbox-external", namespace: "shop", instance: "https://a.example.com/", service: "a", ingress: "a", pod: "a-1" },
];

/** Expires in the minute given; then the probe fails, and tells no date. */
function expires(probe: Probe, minute: number, world: readonly Series[] = probeWorld): Series[] {
  const dated = without([...world, expiry(probe)], of("probe_ssl_earliest_cert_expiry", probe));
  return [
    ...change(dated, of("probe_success", probe), hold(1, minute), hold(0)),
    expiry(probe, hold(minute * 60, minute), gone()),
  ];
}

export const certificateScenarios: readonly Scenario[] = [
  scenario("all are good", 240, probeWorld),
  scenario(
    "one expires in five days, and is renewed",
    120,
    change(probeWorld, date, hold(90 * day, 30), hold(5 * day, 40), hold(90 * day)),
    soon(probes.url, {
      cause: 30,
      recovery: 70,
      told: 45,
      over: 70,
      says: {
        summary: "Certificate of https://shop.example.com/ expires soon",
        description: "The certificate of https://shop.example.com/ (blackbox-external) expires in 4d 23h 15m 0s.",
      },
    }),
  ),
  scenario(
    "one comes within fourteen days",
    120,
    change(probeWorld, date, hold(14 * day + 30 * 60)),
    soon(probes.url, { cause: 31, told: 46 }),
  ),
  scenario(
    "one expires, and its probe tells no date any more",
    240,
    expires(probes.url, 60),
    soon(probes.url, { cause: 0, recovery: 60, told: 15, over: 60 }),
    expired(probes.url, {
      cause: 60,
      told: 65,
      says: {
        summary: "Certificate of https://shop.example.com/ has expired",
        description: "The certificate of https://shop.example.com/ (blackbox-external) expired 5m 0s ago. Clients refuse it.",
      },
    }),
  ),
  ...[probes.service, probes.ingress, probes.pod].map((probe) =>
    scenario(
      `that of ${probe.instance} expires`,
      90,
      expires(probe, 40),
      soon(probe, { cause: 0, recovery: 40, told: 15, over: 40 }),
      expired(probe, { cause: 40, told: 45 }),
    ),
  ),
  scenario(
    "a second before it expires, it has not",
    90,
    change(probeWorld, date, hold(40 * 60 + 1)),
    soon(probes.url, { cause: 0, recovery: 41, told: 15, over: 41 }),
    expired(probes.url, { cause: 41, told: 46 }),
  ),
  scenario(
    "one expires, and is renewed",
    180,
    change(change(probeWorld, date, hold(3600, 60), gone(40), hold(90 * day)), result, hold(1, 60), hold(0, 40), hold(1)),
    soon(probes.url, { cause: 0, recovery: 60, told: 15, over: 60 }),
    expired(probes.url, { cause: 60, recovery: 100, told: 65, over: 100 }),
  ),
  scenario(
    "one has expired, and its probe does not look at it",
    90,
    change(probeWorld, date, hold(90 * day, 30), hold(600)),
    expired(probes.url, { cause: 30, told: 35 }),
  ),
  scenario(
    "one expires, and its target is probed no more",
    180,
    change(change(probeWorld, date, hold(3600, 60), gone()), result, hold(1, 60), hold(0, 40), gone()),
    soon(probes.url, { cause: 0, recovery: 60, told: 15, over: 60 }),
    expired(probes.url, { cause: 60, recovery: 100, told: 65, over: 100 }),
  ),
  scenario(
    "one has expired while the exporter was away for two hours",
    300,
    change(
      change(probeWorld, date, hold(3600, 60), gone()),
      result,
      hold(1, 60),
      hold(0, 40),
      gone(120),
      hold(0),
    ),
    soon(probes.url, { cause: 0, recovery: 60, told: 15, over: 60 }),
    expired(probes.url, { cause: 60, recovery: 100, told: 65, over: 100 }),
    expired(probes.url, { cause: 220, told: 225 }),
  ),
  scenario(
    "without a namespace",
    90,
    [
      success(nameless, hold(1)),
      expiry(nameless, hold(2400)),
    ],
    soon({ ...nameless, namespace: "monitoring" }, { cause: 0, recovery: 40, told: 15, over: 40 }),
    expired({ ...nameless, namespace: "monitoring" }, { cause: 40, told: 45 }),
  ),
  scenario(
    "of two instances of one address, in other namespaces, jobs, Services, Ingresses or Pods, one is probed no more and the others go on",
    120,
    [
      ...siblings.flatMap((probe, index) => [
        success(probe, ...(index === 0 ? [hold(1, 60), gone()] : [hold(1)])),
        expiry(probe, ...(index === 0 ? [hold(3600 * 3, 60), gone()] : [hold(90 * day)])),
      ]),
    ],
    ...siblings.slice(0, 1).map((probe) => soon({ ...probe }, { cause: 0, recovery: 60, told: 15, over: 60 })),
  ),
  scenario(
    "of two Prometheus labels that an exporter's move leaves, the earlier date counts, also when it is only remembered",
    120,
    [
      series("probe_success", { ...probes.url, container: "a" }, hold(1)),
      series("probe_ssl_earliest_cert_expiry", { ...probes.url, container: "a" }, hold(90 * day, 30), hold(3600 * 5, 30), gone()),
      series("probe_ssl_earliest_cert_expiry", { ...probes.url, container: "b" }, hold(90 * day, 60), gone()),
    ],
    soon(probes.url, { cause: 30, told: 45 }),
  ),
  scenario("one sample of a strange date", 60, change(probeWorld, date, hold(90 * day, 30), hold(day, 1), hold(90 * day))),
  scenario("nothing is known of a date, and the probe fails", 60, without(change(probeWorld, result, hold(0)), date)),
  scenario("Prometheus does not run for twenty minutes", 120, prometheusStopped(probeWorld, 60, 20)),
];
