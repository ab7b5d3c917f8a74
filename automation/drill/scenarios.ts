/** The scenarios. Names of jobs and namespaces are those under which the stack scrapes its parts. Pure. */
import { jobNames, namespaceNames, releaseNames } from "../../components/shared/names.ts";
import { drillWord, type Healthy, type LiveScenario, type PushedScenario, type ReplayedScenario, type Scenario } from "./scenario.ts";
import { constant, hasLabels, overlaid, type Series, type SeriesLabels, withoutName } from "./series.ts";

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** Rules of Falco that the drill says have matched. Two: an alert that was pushed mutes the metric's of the same rule. */
const falcoRule = "Belfry drill: shell in a container";
const falcoRuleUnpushed = "Belfry drill: event that was not pushed";

const falcoEvent: PushedScenario = {
  name: "falco-event",
  title: "a critical Falco event, pushed by falcosidekick",
  alert: falcoRule,
  how: "pushed",
  atStart: true,
  post: {
    labels: {
      alertname: falcoRule,
      rule: falcoRule,
      source: "falco",
      priority: "Critical",
      severity: "critical",
      namespace: drillWord,
      k8s_ns_name: drillWord,
      k8s_pod_name: `${drillWord}-0`,
      hostname: `${drillWord}-node`,
    },
    annotations: {
      summary: `[DRILL] Falco: ${falcoRule}`,
      description: "Played by belfry drill in the sandbox: nothing happened, and nobody needs to act.",
    },
  },
};

const falcoMetric: LiveScenario = {
  name: "falco-metric",
  title: "a critical Falco event whose push failed: only the metric tells it",
  alert: "BelfryFalcoCriticalEvent",
  how: "live",
  atStart: false,
  job: jobNames.falcosidekick,
  family: {
    name: "falcosecurity_falcosidekick_falco_events_total",
    type: "counter",
    labels: {
      rule: falcoRuleUnpushed,
      priority: "2",
      priority_raw: "critical",
      source: "syscall",
      hostname: `${drillWord}-node`,
      k8s_ns_name: drillWord,
      k8s_pod_name: `${drillWord}-0`,
    },
    value: 1,
  },
};

/** Everything as it is now, for ever. */
function stretched({ series }: Healthy): Series[] {
  return series.map(({ labels, value }) => constant(labels, value));
}

/** What `before` says until the cause and `after` says from then on; no sample where it says nothing. */
function changing(labels: SeriesLabels, cause: number, before: number | undefined, after: number | undefined): Series {
  return { labels, at: (time) => (time < cause ? before : after) };
}

function named(name: string, labels: SeriesLabels): SeriesLabels {
  return { __name__: name, ...labels };
}

function trivyTarget({ series }: Healthy): SeriesLabels | undefined {
  return series.find(({ labels }) => hasLabels(labels, { __name__: "up", job: jobNames.trivy }))?.labels;
}

const noTrivy = (healthy: Healthy) =>
  trivyTarget(healthy) === undefined ? "this stack does not install Trivy Operator, or Prometheus does not scrape it yet" : undefined;

/** Whether this is what Trivy reports of the demo's image. */
const isDemo = ({ labels }: Healthy["series"][number]) =>
  hasLabels(labels, { __name__: "trivy_image_vulnerabilities", namespace: namespaceNames.demo });

const vulnerability: ReplayedScenario = {
  name: "new-vulnerability",
  title: "Trivy finds critical vulnerabilities in an image that is new",
  alert: "BelfryNewCriticalVulnerability",
  how: "replayed",
  atStart: false,
  history: 4 * hour,
  patience: 30 * minute,
  impossible: noTrivy,
  series: (healthy, cause) => {
    if (healthy.series.some((one) => isDemo(one) && one.value > 0)) {
      // The image that is vulnerable by design, as it is reported: new from the cause on.
      return healthy.series.map((one) =>
        isDemo(one) ? changing(one.labels, cause, undefined, one.value) : constant(one.labels, one.value),
      );
    }
    const target = withoutName(trivyTarget(healthy) ?? {});
    const known = healthy.series.find(({ labels }) => labels["__name__"] === "trivy_image_vulnerabilities")?.labels;
    const image: SeriesLabels = {
      ...target,
      // A namespace that the rules watch.
      namespace: known?.["namespace"] ?? drillWord,
      name: `replicaset-${drillWord}-app`,
      resource_kind: "ReplicaSet",
      resource_name: drillWord,
      container_name: "app",
      image_registry: "registry.example.com",
      image_repository: `${drillWord}/new-image`,
      image_tag: "1.0.0",
    };
    const found = (severity: string, count: number) =>
      changing(named("trivy_image_vulnerabilities", { ...image, severity }), cause, undefined, count);
    return overlaid(stretched(healthy), [found("Critical", 3), found("High", 5), found("Medium", 0), found("Low", 0)]);
  },
};

const trivyGone: ReplayedScenario = {
  name: "trivy-gone",
  title: "Trivy Operator is gone: its target is down and no replica is available",
  alert: "BelfryTrivyDown",
  how: "replayed",
  atStart: false,
  history: 2 * hour,
  patience: 60 * minute,
  impossible: noTrivy,
  series: (healthy, cause) =>
    healthy.series.map(({ labels, value }) => {
      if (hasLabels(labels, { __name__: "up", job: jobNames.trivy })) return changing(labels, cause, value, 0);
      if (hasLabels(labels, { job: jobNames.trivy })) return changing(labels, cause, value, undefined);
      const replicas = { __name__: "kube_deployment_status_replicas_available", namespace: namespaceNames.trivy };
      return hasLabels(labels, replicas) ? changing(labels, cause, value, 0) : constant(labels, value);
    }),
};

/** A probed URL of the drill's own, healthy but for what `over` says. */
function probed(healthy: Healthy, over: readonly Series[]): Series[] {
  const { labels } = probe(healthy);
  const target = [
    constant(named("up", labels), 1),
    constant(named("probe_success", labels), 1),
    constant(named("probe_duration_seconds", labels), 0.2),
  ];
  return overlaid(stretched(healthy), target, over);
}

function probe({ namespace }: Healthy): { readonly labels: SeriesLabels } {
  return { labels: { job: jobNames.probes.external, instance: `https://${drillWord}.example.com/`, namespace } };
}

const probeFailing: ReplayedScenario = {
  name: "probe-failing",
  title: "a probed URL does not answer any more",
  alert: "BelfryProbeFailed",
  how: "replayed",
  atStart: true,
  history: 90 * minute,
  patience: 30 * minute,
  impossible: () => undefined,
  series: (healthy, cause) => probed(healthy, [changing(named("probe_success", probe(healthy).labels), cause, 1, 0)]),
};

const certificate: ReplayedScenario = {
  name: "certificate-expiring",
  title: "a probed URL shows a certificate that is good for 5 more days",
  alert: "BelfryCertificateExpiresSoon",
  how: "replayed",
  atStart: false,
  history: 90 * minute,
  patience: 60 * minute,
  impossible: () => undefined,
  series: (healthy, cause) => {
    const { labels } = probe(healthy);
    // A date, not a distance: the same at every time and in every rehearsal.
    const midnight = Math.floor(Date.now() / 1000 / day) * day;
    const expiry = named("probe_ssl_earliest_cert_expiry", labels);
    return probed(healthy, [changing(expiry, cause, midnight + 90 * day, midnight + 5 * day)]);
  },
};

const failedNotifications = "alertmanager_notifications_failed_total";

const notifications: ReplayedScenario = {
  name: "notifications-failing",
  title: "Alertmanager cannot send to Slack",
  alert: "BelfryNotificationsFailing",
  how: "replayed",
  atStart: false,
  history: 2 * hour,
  patience: 60 * minute,
  impossible: ({ series }) =>
    series.some(({ labels }) => hasLabels(labels, { __name__: failedNotifications, integration: "slack" }))
      ? undefined
      : "Prometheus has not scraped Alertmanager's counters for Slack yet",
  series: (healthy, cause) => {
    const counter = healthy.series.find(({ labels }) =>
      hasLabels(labels, { __name__: failedNotifications, integration: "slack", job: `${releaseNames.stack}-alertmanager` }),
    ) ?? healthy.series.find(({ labels }) => hasLabels(labels, { __name__: failedNotifications, integration: "slack" }));
    if (counter === undefined) return stretched(healthy);
    const { labels, value } = counter;
    const rising: Series = { labels, at: (time) => value + (time < cause ? 0 : Math.floor((time - cause) / minute) + 1) };
    return overlaid(stretched(healthy), [rising]);
  },
};

/** All of them, quickest first. */
export const scenarios: readonly Scenario[] = [
  falcoEvent,
  falcoMetric,
  probeFailing,
  certificate,
  trivyGone,
  vulnerability,
  notifications,
];
