import assert from "node:assert/strict";
import { allowedEnvironment } from "../../../automation/environment.ts";

const shell = {
  PATH: "/bin", LC_CTYPE: "C", KUBECONFIG: "/k", PULUMI_CONFIG_PASSPHRASE: "p", AWS_PROFILE: "a", GITHUB_TOKEN: "t", SLACK_TOKEN: "s",
  NODE_OPTIONS: "--inspect",
};

describe("the environment of the command", () => {
  it("for the sandbox holds nothing of the user's clusters, clouds and tokens", () => {
    assert.deepEqual(allowedEnvironment(shell, "sandbox"), { PATH: "/bin", LC_CTYPE: "C" });
  });

  it("for a cluster of the user's own holds the way to it, and no other secret", () => {
    assert.deepEqual(allowedEnvironment(shell, "ownCluster"), {
      PATH: "/bin", LC_CTYPE: "C", KUBECONFIG: "/k", PULUMI_CONFIG_PASSPHRASE: "p", AWS_PROFILE: "a",
    });
  });
});
