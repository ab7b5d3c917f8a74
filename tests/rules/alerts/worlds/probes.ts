/** Probes of a healthy cluster: each of the four kinds. */
import { jobNames } from "../../../../components/shared/names.ts";
import { hold, type Piece, type Series, series } from "../series.ts";
import { targets, up } from "./targets.ts";

export const day = 86_400;

export interface Probe {
  readonly job: string;
  readonly namespace?: string;
  readonly instance: string;
  readonly service?: string;
  readonly ingress?: string;
  readonly pod?: string;
}

export const probes = {
  url: { job: jobNames.probes.external, namespace: "monitoring", instance: "https://shop.example.com/" },
  service: { job: jobNames.probes.services, namespace: "shop", instance: "cart.shop.svc:80", service: "cart" },
  ingress: {
    job: jobNames.probes.ingresses,
    namespace: "shop",
    instance: "https://cart.example.com/",
    ingress: "cart",
  },
  pod: { job: jobNames.probes.pods, namespace: "payments", instance: "http://10.0.7.7:8080/health", pod: "api-0" },
  /** Plain TCP: no certificate, of which the exporter makes a date before all dates. */
  tcp: { job: jobNames.probes.external, namespace: "monitoring", instance: "db.example.com:5432" },
} as const satisfies Record<string, Probe>;

const labels = (probe: Probe): Record<string, string> => ({ ...probe, environment: "test" });

export const probeUp = (probe: Probe, ...pieces: readonly Piece[]): Series => series("up", labels(probe), ...pieces);
export const success = (probe: Probe, ...pieces: readonly Piece[]): Series =>
  series("probe_success", labels(probe), ...pieces);
export const duration = (probe: Probe, ...pieces: readonly Piece[]): Series =>
  series("probe_duration_seconds", labels(probe), ...pieces);
export const expiry = (probe: Probe, ...pieces: readonly Piece[]): Series =>
  series("probe_ssl_earliest_cert_expiry", labels(probe), ...pieces);

export const probeWorld: readonly Series[] = [
  up(targets.blackbox),
  ...Object.values(probes).flatMap((probe: Probe) => [
    probeUp(probe, hold(1)),
    success(probe, hold(1)),
    duration(probe, hold(0.2)),
  ]),
  expiry(probes.url, hold(90 * day)),
  expiry(probes.ingress, hold(60 * day)),
  expiry(probes.tcp, hold(-62_135_596_800)),
];

/** Selects a series of a probe. */
export const of = (metric: string, { instance }: Probe) => [metric, { instance }] as const;
