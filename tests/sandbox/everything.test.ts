/**
 * The stack that switches everything on, from `npm start` to its end: what stands, what is told, and what `destroy` leaves of
 * it and of what others have in the same cluster. Each step starts from what the one before has left.
 */
import assert from "node:assert/strict";
import { KubernetesObjectApi } from "@kubernetes/client-node";
import { runDrill } from "../../automation/drill/run.ts";
import { scenarios } from "../../automation/drill/scenarios.ts";
import { sandboxKube } from "../../sandbox/kube.ts";
import { plainText } from "../../sandbox/sinks/messages.ts";
import { type ClusterObject, title } from "./cluster-objects.ts";
import { cart, foreign, keptClaims, keptDefinitions, keptVolumes, onNode, othersNamespace, redisClaim, theirs, trivysClaim } from "./everything-objects.ts";
import { sandboxTools } from "./tools.ts";
import { identities, ofEveryNamespace, ofKind, WholeStack } from "./whole-stack.ts";

const file = "docs/examples/Pulumi.everything.yaml";

describe("a stack with everything", function () {
  this.timeout(900_000);
  let stack: WholeStack;
  let api: KubernetesObjectApi;
  /** What `npm start` printed. */
  let output: string;

  before(async () => {
    stack = await WholeStack.make();
    api = KubernetesObjectApi.makeApiClient(sandboxKube(stack.layout.kubeconfig));
    output = await stack.start(file);
    for (const object of cart) await api.create(object);
  });
  after(() => stack.checkout.remove());

  const find = (objects: readonly ClusterObject[], wanted: string) =>
    objects.find((object) => title(object) === wanted) ?? assert.fail(`${wanted} is not there`);

  describe("stands", () => {
    let objects: readonly ClusterObject[];
    before(async () => {
      objects = await stack.added();
    });
    const titles = (...kinds: readonly string[]) => objects.filter(({ kind }) => kinds.includes(kind)).map(title);

    it("with every release, and every receiver proved", () => {
      const releases = [...output.matchAll(/^ {2}(\S+ \d+\.\d+\.\d+ in \S+)$/gm)].map(([, release]) => release);
      assert.deepEqual(releases, [
        "prometheus-operator-crds 31.0.1 in monitoring",
        "kube-prometheus-stack 88.5.3 in monitoring",
        "trivy-operator 0.34.0 in trivy-system",
        "prometheus-blackbox-exporter 11.17.2 in monitoring",
        "loki 18.11.0 in logging",
        "alloy 1.11.1 in logging",
        "falco 9.1.0 in falco",
      ]);
      const proved = [...output.matchAll(/^ {4}passed +(\S+) \(/gm)].map(([, receiver]) => receiver);
      assert.deepEqual(proved, ["slack", "slack-incidents", "mail", "heartbeat", "shop/email/email"]);
      assert.match(output, /2 of 2 scenarios were told/);
    });

    it("with every workload ready", () => {
      const workloads = [...ofKind(objects, "Deployment"), ...ofKind(objects, "StatefulSet"), ...ofKind(objects, "DaemonSet")];
      const ready = workloads.map((workload) => {
        const { spec, status } = workload.object as { spec: { replicas?: number }; status: Record<string, number> };
        const wanted = spec.replicas ?? status["desiredNumberScheduled"] ?? 0;
        return `${title(workload)} ${wanted > 0 && (status["readyReplicas"] ?? status["numberReady"] ?? 0) === wanted ? "ready" : "NOT READY"}`;
      });
      assert.deepEqual(ready.sort(), [
        "DaemonSet falco/falco ready",
        "DaemonSet logging/alloy ready",
        "DaemonSet monitoring/kube-prometheus-stack-prometheus-node-exporter ready",
        "Deployment falco/falco-falcosidekick ready",
        "Deployment falco/falco-falcosidekick-ui ready",
        "Deployment monitoring/kube-prometheus-stack-grafana ready",
        "Deployment monitoring/kube-prometheus-stack-kube-state-metrics ready",
        "Deployment monitoring/kube-prometheus-stack-operator ready",
        "Deployment monitoring/prometheus-blackbox-exporter ready",
        "Deployment test/react-application ready",
        "Deployment trivy-system/trivy-operator ready",
        "StatefulSet falco/falco-falcosidekick-ui-redis ready",
        "StatefulSet logging/loki ready",
        "StatefulSet monitoring/alertmanager-kube-prometheus-stack-alertmanager ready",
        "StatefulSet monitoring/prometheus-kube-prometheus-stack-prometheus ready",
        "StatefulSet trivy-system/trivy-server ready",
      ]);
    });

    it("with what leads in from outside, and what fences it", () => {
      const services = ofKind(objects, "Service").map((service) => [title(service), (service.object["spec"] as { type: string }).type]);
      assert.deepEqual(services.filter(([, type]) => type !== "ClusterIP"), [
        ["Service falco/falco-falcosidekick-external", "NodePort"],
        ["Service falco/falco-falcosidekick-ui-external", "LoadBalancer"],
        ["Service falco/falco-metrics-external", "NodePort"],
      ]);
      assert.deepEqual(titles("Ingress"), [
        "Ingress monitoring/kube-prometheus-stack-alertmanager",
        "Ingress monitoring/kube-prometheus-stack-grafana",
        "Ingress monitoring/kube-prometheus-stack-prometheus",
      ]);
      assert.deepEqual(titles("NetworkPolicy").filter((name) => !name.includes(" monitoring/")), [
        "NetworkPolicy falco/falco",
        "NetworkPolicy falco/falcosidekick",
        "NetworkPolicy falco/falcosidekick-ui-redis",
        "NetworkPolicy logging/alloy",
        "NetworkPolicy logging/deny-all",
        "NetworkPolicy logging/loki",
        "NetworkPolicy test/no-traffic",
      ]);
    });

    it("with Falco's exceptions, rules, macros and lists", () => {
      const { data } = find(objects, "ConfigMap falco/falco-rules").object as { data: Record<string, string> };
      const text = Object.values(data).join("\n");
      for (const name of ["microsoft_omsagent_plugin", "wdavdaemon", "Shell in the shop", "user_known_contact_k8s_api_server_activities", "shop_shells"]) {
        assert.ok(text.includes(name), `${name} is not in:\n${text}`);
      }
    });

    it("with a generated password of Falco's page, which the command prints", async () => {
      const login = await stack.secret("falco", "falco-ui", "FALCOSIDEKICK_UI_USER");
      const [, password = ""] = /^watch:([A-Za-z0-9]{32})$/.exec(login) ?? assert.fail("not the user watch with a password of 32 characters");
      assert.equal(await stack.belfry("password", "falco-ui"), `${password}\n`);
      assert.equal(output.includes(password), false);
    });
  });

  describe("tells of the demo", () => {
    it("whose vulnerabilities are reported, counted, and told by a message that names its image", async () => {
      const [report] = ofKind(await stack.added(), "VulnerabilityReport").filter(({ namespace }) => namespace === "test");
      const { summary, artifact } = report?.object["report"] as { summary: Record<string, number>; artifact: { repository: string } };
      assert.deepEqual([artifact.repository, summary["criticalCount"]], ["anaisurlichs/react-example-app", 9]);
      const series = 'trivy_image_vulnerabilities{namespace="test", severity="Critical"}';
      const [sample] = await stack.eventually(series, (samples) => samples.length > 0);
      assert.deepEqual([sample?.metric["image_repository"], sample?.value[1]], [artifact.repository, "9"]);

      const { prometheus, promtool } = await sandboxTools(["prometheus", "promtool"]);
      const { results } = await runDrill({
        layout: stack.layout,
        state: stack.state,
        programs: { prometheus, promtool },
        namespace: "monitoring",
        scenarios: scenarios.filter(({ name }) => name === "new-vulnerability"),
        awaitResolved: false,
        report: () => undefined,
        signal: new AbortController().signal,
      });
      const [result] = results;
      assert.equal(result?.outcome, "passed", result?.reason);
      assert.deepEqual(result.deliveries.map(({ receiver }) => receiver), ["slack", "mail"]);
      for (const { message } of result.deliveries) {
        const text = message === undefined ? "" : plainText(message).join(" ");
        assert.match(text, /\[DRILL\].*New critical vulnerability in anaisurlichs\/react-example-app:9\.0\.0/);
        assert.match(text, /9 critical vulnerabilities .*namespace test/);
      }
    });
  });

  // After the drill, which gave the new targets the time to be found.
  describe("watches", () => {
    it("every kind of target, and gets an answer of each", async () => {
      const probed = await stack.eventually("probe_success == 1", (samples) => samples.length === 12);
      const named = probed.map(({ metric }) => `${metric["job"] ?? ""} ${(metric["instance"] ?? "").replace(/10\.\d+\.\d+\.\d+/, "POD")}`);
      assert.deepEqual(named.sort(), [
        "blackbox-external db.example.com:5432",
        "blackbox-external gateway.example.com",
        "blackbox-external https://api.example.com/health",
        "blackbox-external https://backoffice.example.com/login",
        "blackbox-external https://shop.example.com/",
        "blackbox-external ldap.example.com:636",
        "blackbox-external ns1.example.com",
        "blackbox-kubernetes-ingresses https://alertmanager.example.com/",
        "blackbox-kubernetes-ingresses https://grafana.example.com/",
        "blackbox-kubernetes-ingresses https://prometheus.example.com/",
        "blackbox-kubernetes-pods http://POD:8080/health",
        "blackbox-kubernetes-services http://cart.shop.svc:8080/",
      ]);
    });

    it("every part of itself, and what else is to be scraped: no target is down", async () => {
      const jobs = await stack.eventually("count by (job) (up == 1)", (samples) => samples.length === 20);
      assert.deepEqual(jobs.map(({ metric }) => metric["job"]).sort(), [
        "alloy", "apiserver", "blackbox-external", "blackbox-kubernetes-ingresses", "blackbox-kubernetes-pods",
        "blackbox-kubernetes-services", "build-server", "coredns", "falco-falcosidekick", "falco-metrics",
        "kube-prometheus-stack-alertmanager", "kube-prometheus-stack-grafana", "kube-prometheus-stack-operator",
        "kube-prometheus-stack-prometheus", "kube-state-metrics", "kubelet", "loki", "node-exporter",
        "prometheus-blackbox-exporter", "trivy-operator",
      ]);
      assert.deepEqual(await stack.query("up == 0"), []);
    });
  });

  // The sandbox's own settings remove the CRDs at the end, and keep no volume.
  describe("goes", () => {
    let volumes: string[];

    it("and leaves nothing, nor anybody's objects of the CRDs' kinds; Falco's volume goes after its namespace", async () => {
      await api.create(othersNamespace);
      for (const object of foreign) await api.create(object);
      const before = await stack.added();
      volumes = identities([find(before, "PersistentVolume redis-data"), find(before, redisClaim)]);
      assert.deepEqual(await stack.keeps(), [onNode]);
      const printed = await stack.destroy();
      inOrder(printed, "Namespace belfry-falco-namespace deleted", "PersistentVolume belfry-falco-redis-data deleted");
      await stack.settled(ofEveryNamespace("others"));
    });

    // What is in the directory survives by the volume's being local and kept; no simulated node has the directory.
    it("and comes back at once, with a volume that knows no claim of before", async () => {
      await stack.set("belfry:purgeCrds", "false");
      await stack.set("belfry:storage.retain", "true");
      const printed = await stack.up();
      inOrder(printed, "PersistentVolume belfry-falco-redis-data created", "Namespace belfry-falco-namespace created");
      const now = await stack.added();
      const [volume, claim] = [find(now, "PersistentVolume redis-data"), find(now, redisClaim)];
      assert.deepEqual(identities([volume, claim]).filter((one) => volumes.includes(one)), []);
      const { spec, status } = volume.object as { spec: Record<string, unknown>; status: { phase: string } };
      assert.equal(status.phase, "Bound");
      assert.equal((spec["claimRef"] as { uid: string }).uid, (claim.object["metadata"] as { uid: string }).uid);
      assert.deepEqual([spec["local"], spec["persistentVolumeReclaimPolicy"]], [{ path: "/var/lib/redis-data" }, "Retain"]);
      for (const object of foreign) await api.create(object);
    });
  });

  describe("with what is kept", () => {
    let claims: string[];
    let made: string[];
    const definitions = (objects: readonly ClusterObject[]) =>
      ofKind(objects, "CustomResourceDefinition").filter(({ name }) => /\.(monitoring\.coreos\.com|aquasecurity\.github\.io)$/.test(name));
    const claimsIn = (objects: readonly ClusterObject[]) => ofKind(objects, "PersistentVolumeClaim");
    const keptKinds = new Set(["CustomResourceDefinition", "PersistentVolumeClaim", "PersistentVolume"]);
    const others = (objects: readonly ClusterObject[]) => objects.filter(({ kind }) => !keptKinds.has(kind));

    async function destroyed(namespaces: readonly string[], claims: readonly string[]): Promise<ClusterObject[]> {
      await stack.destroy();
      await stack.settled([...[...namespaces, "others"].flatMap(ofEveryNamespace), ...theirs], others);
      const left = await stack.settled(claims, claimsIn);
      const bound = ofKind(left, "PersistentVolume").map(({ object }) => (object["spec"] as { claimRef: { uid: string } }).claimRef.uid);
      assert.deepEqual(bound.sort(), claimsIn(left).map(({ object }) => (object["metadata"] as { uid: string }).uid).sort());
      return left;
    }

    it("keeps CRDs, their objects and the volumes, each as it was, says so, and leaves nothing else", async () => {
      const before = await stack.added();
      assert.deepEqual(claimsIn(before).map(title).sort(), [...keptClaims, redisClaim, trivysClaim].sort());
      claims = identities(claimsIn(before).filter((claim) => keptClaims.includes(title(claim))));
      made = identities(definitions(before));
      assert.equal(made.length, 22);
      assert.deepEqual(await stack.keeps(), [keptDefinitions, keptVolumes("monitoring and logging"), onNode]);
      const left = await destroyed(["logging", "monitoring"], keptClaims);
      assert.deepEqual(identities(claimsIn(left)), claims);
      assert.deepEqual(identities(definitions(left)), made);
    });

    // Here the events of Falco's page move from the node's directory to a volume of the cluster's StorageClass.
    it("is followed by an up that takes all of it over", async () => {
      await stack.pulumi("config", "rm", "--path", "belfry:falco.ui.storage.local");
      await stack.up();
      const now = await stack.added();
      assert.deepEqual(claimsIn(now).map(title).sort(), [...keptClaims, redisClaim, trivysClaim].sort());
      assert.deepEqual(identities(claimsIn(now)).filter((claim) => claims.includes(claim)), claims);
      assert.deepEqual(identities(definitions(now)), made);
      const release = (object: ClusterObject) =>
        (object.object["metadata"] as { annotations: Record<string, string> }).annotations["meta.helm.sh/release-name"];
      const operators = definitions(now).filter(({ name }) => name.endsWith(".monitoring.coreos.com"));
      assert.deepEqual(new Set(operators.map(release)), new Set(["prometheus-operator-crds"]));
      assert.deepEqual(now.map(title).filter((name) => theirs.includes(name)), theirs);
    });

    it("keeps the events of Falco's page too where a StorageClass made their volume", async () => {
      assert.deepEqual(await stack.keeps(), [keptDefinitions, keptVolumes("monitoring, logging and falco")]);
      const before = identities(claimsIn(await stack.added()).filter((claim) => title(claim) !== trivysClaim));
      const left = await destroyed(["falco", "logging", "monitoring"], [...keptClaims, redisClaim]);
      assert.deepEqual(identities(claimsIn(left)), before);
    });
  });
});

/** @throws AssertionError unless both lines were printed, in this order */
function inOrder(printed: string, first: string, second: string): void {
  const [a, b] = [printed.indexOf(first), printed.indexOf(second)];
  assert.ok(a >= 0 && b > a, `"${first}" (${a}) does not stand before "${second}" (${b}) in:\n${printed}`);
}
