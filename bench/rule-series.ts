/** What a Prometheus holds that has watched Trivy Operator for more than a day: for the benchmark of the rules. Pure. */
import { jobNames, namespaceNames } from "../components/shared/names.ts";

const severities = ["Critical", "High", "Medium", "Low", "Unknown"] as const;
const namespaces = 50;
/** One image in so many has critical findings. */
const criticalEvery = 10;

export interface Target {
  /** Label `instance` of what is scraped. */
  readonly instance: string;
}

/** Seconds since 1970. */
export interface Window {
  readonly from: number;
  /** Itself not in it. */
  readonly to: number;
}

/** One image has one series for each severity. */
export function imageCount(series: number): number {
  return Math.ceil(series / severities.length);
}

const image = (number: number) => ({
  namespace: `team-${number % namespaces}`,
  repository: `apps/service-${number}`,
  tag: `1.${number % 40}.0`,
});
const critical = (number: number) => (number % criticalEvery === 0 ? 1 + (number % 9) : 0);

/** Labels and value of every series of one severity or of all, as Trivy Operator exports them. */
function* findings(series: number, only?: "Critical"): Generator<{ readonly labels: string; readonly value: number }> {
  for (let number = 0; number < imageCount(series); number += 1) {
    const { namespace, repository, tag } = image(number);
    for (const severity of only === undefined ? severities : [only]) {
      yield {
        labels:
          `container_name="app",image_digest="",image_registry="index.docker.io",image_repository="${repository}",image_tag="${tag}",` +
          `name="replicaset-service-${number}-6f9d7c5b8-app",namespace="${namespace}",resource_kind="ReplicaSet",` +
          `resource_name="service-${number}-6f9d7c5b8",severity="${severity}"`,
        value: severity === "Critical" ? critical(number) : number % 30,
      };
    }
  }
}

/** What the target answers to a scrape. */
export function exposition(series: number): string {
  return [...findings(series)].map(({ labels, value }) => `trivy_image_vulnerabilities{${labels}} ${value}\n`).join("");
}

const scrapeSeconds = 30;
const memorySeconds = 300;
/** How long findings are there sample by sample; before that, the rules' own memory holds what they look at. */
const rawSeconds = 12 * 60;

/**
 * Samples of a window in the OpenMetrics format, time after time, in pieces of a file.
 *
 * @param now where the samples end
 */
export function* samples(series: number, { instance }: Target, window: Window, now: number): Generator<string> {
  const target = `job="${jobNames.trivy}",instance="${instance}"`;
  const first = (step: number) => Math.ceil(window.from / step) * step;
  for (let at = first(scrapeSeconds); at < window.to; at += scrapeSeconds) {
    if (at % memorySeconds === 0) {
      yield `up{${target},namespace="${namespaceNames.trivy}"} 1 ${at}\n`;
      yield `belfry:trivy_image_vulnerabilities:count ${imageCount(series) * severities.length} ${at}\n`;
      let text = "";
      for (let number = 0; number < imageCount(series); number += 1) {
        const { namespace, repository, tag } = image(number);
        const labels = `image_repository="${repository}",image_tag="${tag}",namespace="${namespace}"`;
        text += `belfry:image_critical_vulnerabilities:max10m{${labels}} ${critical(number)} ${at}\n`;
      }
      yield text;
    }
    if (at > now - rawSeconds) {
      let text = "";
      for (const { labels, value } of findings(series)) text += `trivy_image_vulnerabilities{${target},${labels}} ${value} ${at}\n`;
      yield text;
    }
  }
}
