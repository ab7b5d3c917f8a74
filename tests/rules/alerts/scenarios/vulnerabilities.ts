/** What Trivy finds: the new, and the standing count. Most of it takes hours, so samples are five minutes apart. */
import type { Ring, Scenario } from "../scenario.ts";
import { change, during, gone, hold, type Piece, type Series, series, without } from "../series.ts";
import { targets } from "../worlds/targets.ts";
import { cleanImages, findings, type Image, trivyWorld } from "../worlds/trivy.ts";
import { prometheusStopped } from "../worlds/unseen.ts";

const cart: Image = { namespace: "shop", repository: "shop/cart-api", tag: "3.1" };
const base = [...trivyWorld, ...cleanImages];

const answers = ["up", { job: "trivy-operator", namespace: "trivy-system" }] as const;

const scenario = (name: string, minutes: number, changed: readonly Series[], ...rings: readonly Ring[]): Scenario => ({
  name: `vulnerabilities: ${name}`,
  rules: ["trivy", "vulnerabilities"],
  minutes,
  interval: 5,
  world: changed,
  rings,
});

const labelsOf = ({ namespace, repository, tag }: Image) => ({
  severity: "warning",
  namespace,
  image_repository: repository,
  ...(tag === "" ? {} : { image_tag: tag }),
});

type Times = Omit<Ring, "alert" | "labels">;
const found = (image: Image, times: Times): Ring => ({
  alert: "BelfryNewCriticalVulnerability",
  labels: labelsOf(image),
  ...times,
});
const standing = (image: Image, times: Times): Ring => ({
  alert: "BelfryCriticalVulnerabilityPresent",
  labels: labelsOf(image),
  ...times,
});
/** Told five minutes after the first sample, and over four hours after the expression is. */
const foundAt = (image: Image, minute: number): Ring =>
  found(image, { cause: minute, told: minute + 5, over: minute + 265, recovery: minute });

const withImage = (...critical: readonly Piece[]) => [...base, ...findings(cart, ...critical)];

export const vulnerabilityScenarios: readonly Scenario[] = [
  scenario("nothing is critical where anybody looks", 600, base),
  scenario(
    "a new image has some",
    480,
    withImage(gone(120), hold(3)),
    {
      ...foundAt(cart, 120),
      says: {
        summary: "New critical vulnerability in shop/cart-api:3.1",
        description:
          "Trivy finds 3 critical vulnerabilities in shop/cart-api:3.1, which runs in namespace shop: more than at any time of the " +
          "last day. This alert ends by itself after some hours.",
      },
    },
    standing(cart, {
      cause: 120,
      told: 150,
      says: {
        summary: "Critical vulnerabilities in shop/cart-api:3.1",
        description: "shop/cart-api:3.1, which runs in namespace shop, has 3 critical vulnerabilities.",
      },
    }),
  ),
  scenario(
    "a known image has more",
    480,
    withImage(hold(2, 120), hold(5)),
    foundAt(cart, 120),
    standing(cart, { cause: 0, told: 30 }),
  ),
  scenario(
    "an image without a tag has one",
    480,
    [...base, ...findings({ ...cart, tag: "" }, hold(0, 120), hold(1))],
    foundAt({ ...cart, tag: "" }, 120),
    standing({ ...cart, tag: "" }, { cause: 120, told: 150 }),
  ),
  scenario(
    "a known image has fewer, then none",
    480,
    withImage(hold(5, 120), hold(2, 120), hold(0)),
    standing(cart, { cause: 0, recovery: 240, told: 30, over: 330 }),
  ),
  scenario(
    "a broken scan shows none for a while",
    480,
    withImage(hold(5, 120), hold(0, 60), hold(5)),
    standing(cart, { cause: 0, told: 30 }),
  ),
  scenario(
    "a report expires after a day and is made again an hour later",
    1800,
    withImage(hold(5, 1440), gone(60), hold(5)),
    standing(cart, { cause: 0, told: 30 }),
  ),
  scenario(
    "an image comes back after a day and an hour",
    1800,
    withImage(hold(5, 120), gone(1500), hold(5)),
    standing(cart, { cause: 0, recovery: 120, told: 30, over: 210 }),
    standing(cart, { cause: 1620, told: 1650 }),
  ),
  scenario(
    "a count comes back after more than a day",
    2400,
    withImage(hold(5, 60), hold(2, 1800), hold(5)),
    foundAt(cart, 1860),
    standing(cart, { cause: 0, told: 30 }),
  ),
  scenario(
    "a rollout of the same image",
    480,
    [
      ...base,
      ...findings(cart, hold(5, 130), gone()),
      ...findings({ ...cart, replicaSet: "web-2" }, gone(120), hold(5)),
    ],
    standing(cart, { cause: 0, told: 30 }),
  ),
  scenario(
    "another Deployment of the same image",
    480,
    [...base, ...findings(cart, hold(5)), ...findings({ ...cart, replicaSet: "worker-1" }, gone(120), hold(5))],
    standing(cart, { cause: 0, told: 30 }),
  ),
  scenario(
    "the operator's pod is replaced",
    480,
    [
      ...base,
      ...findings(cart, hold(5, 120), gone()),
      ...findings({ ...cart, operator: { pod: "trivy-operator-5f7-zzzzz", instance: "10.0.2.8:8080" } }, gone(125), hold(5)),
    ],
    standing(cart, { cause: 0, told: 30 }),
  ),
  scenario(
    "another tag, and the same image in another namespace",
    480,
    [
      ...withImage(hold(5)),
      ...findings({ ...cart, tag: "3.2" }, gone(120), hold(2)),
      ...findings({ ...cart, namespace: "payments" }, gone(180), hold(5)),
    ],
    standing(cart, { cause: 0, told: 30 }),
    foundAt({ ...cart, tag: "3.2" }, 120),
    standing({ ...cart, tag: "3.2" }, { cause: 120, told: 150 }),
    foundAt({ ...cart, namespace: "payments" }, 180),
    standing({ ...cart, namespace: "payments" }, { cause: 180, told: 210 }),
  ),
  scenario(
    "an image that runs twice has more",
    480,
    [
      ...base,
      ...findings(cart, hold(2, 120), hold(3)),
      ...findings({ ...cart, replicaSet: "worker-1" }, hold(2)),
    ],
    foundAt(cart, 120),
    standing(cart, { cause: 0, told: 30 }),
  ),
  scenario(
    "a new image, and the next scrape is lost",
    480,
    withImage(gone(120), hold(3, 5), gone(5), hold(3)),
    foundAt(cart, 120),
    standing(cart, { cause: 120, told: 150 }),
  ),
  scenario("a new image has one", 480, withImage(gone(120), hold(1)), foundAt(cart, 120), standing(cart, { cause: 120, told: 150 })),
  scenario("a new image has none", 300, withImage(gone(120), hold(0))),
  scenario("a new image in a namespace that nobody watches", 480, [
    ...base,
    ...findings({ ...cart, namespace: "shop-test" }, gone(120), hold(9)),
  ]),
  scenario(
    "the first scan after a cold start takes an hour",
    600,
    [
      ...trivyWorld,
      ...findings(cart, gone(5), hold(3)),
      ...findings({ ...cart, tag: "3.2" }, gone(30), hold(3)),
      ...findings({ ...cart, tag: "3.3" }, gone(55), hold(3)),
    ],
    standing(cart, { cause: 5, told: 35 }),
    standing({ ...cart, tag: "3.2" }, { cause: 30, told: 60 }),
    standing({ ...cart, tag: "3.3" }, { cause: 55, told: 85 }),
  ),
  scenario(
    "a new image shortly before Trivy is watched for an hour and a half",
    480,
    withImage(gone(80), hold(3)),
    found(cart, { cause: 90, told: 95, over: 345, recovery: 80 }),
    standing(cart, { cause: 80, told: 110 }),
  ),
  scenario(
    "the first image of all, hours after Trivy came with two pods, which did not answer for a moment",
    480,
    [
      ...change(trivyWorld, answers, hold(1, 90), hold(0, 10), hold(1)),
      series("up", { ...targets.trivy, instance: "10.0.2.9:8080" }, hold(1, 90), hold(0, 10), hold(1)),
      ...findings(cart, gone(180), hold(3)),
    ],
    foundAt(cart, 180),
    standing(cart, { cause: 180, told: 210 }),
  ),
  scenario(
    "a new image, and Trivy's target has another name, and its reports were away in between",
    480,
    without(
      withImage(gone(120), hold(3)).map((one) =>
        one.metric === "trivy_image_vulnerabilities" && one.labels["image_repository"] !== cart.repository
          ? during(one, 25, 35, gone(35))
          : one,
      ),
      answers,
    ),
    foundAt(cart, 120),
    standing(cart, { cause: 120, told: 150 }),
  ),
  scenario(
    "Trivy does not answer for three hours after a cold start, and comes with its first scan",
    480,
    [...change(trivyWorld, answers, hold(0, 180), hold(1)), ...findings(cart, gone(185), hold(3))],
    { alert: "BelfryTrivyDown", labels: { severity: "warning", namespace: "trivy-system" }, cause: 0, recovery: 180, told: 15, over: 180 },
    standing(cart, { cause: 185, told: 215 }),
  ),
  scenario(
    "Trivy was away for a day and a half",
    3000,
    change(
      [
        ...without(trivyWorld, "kube_pod_container_status_restarts_total"),
        ...findings(cart, hold(3, 300), gone(2160), hold(3)),
      ],
      answers,
      hold(1, 300),
      gone(2160),
      hold(1),
    ),
    standing(cart, { cause: 0, recovery: 300, told: 30, over: 390 }),
    standing(cart, { cause: 2460, told: 2490 }),
  ),
  scenario(
    "Prometheus does not run for half an hour",
    480,
    prometheusStopped(withImage(hold(3)), 150, 30),
    standing(cart, { cause: 0, told: 30 }),
  ),
];
