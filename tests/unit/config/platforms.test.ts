import assert from "node:assert/strict";

import { controlPlaneScrapes, platformFacts } from "../../../config/platforms.ts";
import { platforms } from "../../../config/settings.ts";

describe("platforms", () => {
  it("scrape nothing that Prometheus cannot reach as the platform comes, each for a reason", () => {
    for (const platform of platforms) {
      assert.deepEqual(controlPlaneScrapes(platform), {
        etcd: false,
        scheduler: false,
        controllerManager: false,
        proxy: false,
      });
      assert.match(platformFacts(platform).controlPlaneReason, /^[A-Z].+\.$/);
    }
  });

  it("allow Services in kube-system and pods on the node, except GKE Autopilot", () => {
    const without = (fact: "kubeSystemServices" | "hostAccess") =>
      platforms.filter((platform) => !platformFacts(platform)[fact]);
    assert.deepEqual(without("kubeSystemServices"), ["gke-autopilot"]);
    assert.deepEqual(without("hostAccess"), ["gke-autopilot"]);
  });

  it("let Trivy's node collector read the nodes where no provider configures them", () => {
    const problems = platforms.filter((platform) => platformFacts(platform).nodeCollectorProblem !== undefined);
    assert.deepEqual(problems, ["eks", "gke", "gke-autopilot", "aks"]);
  });
});
