/** The vulnerable application of the demo, as plain objects. Pure. */
import type * as k8s from "@pulumi/kubernetes";

import { demoImage } from "../../config/versions.ts";

/** Name of the application's objects. */
export const demoName = "react-application";

const labels = { run: demoName };
const containerPort = 80;

type DeploymentSpec = k8s.types.input.apps.v1.DeploymentSpec;
type ServiceSpec = k8s.types.input.core.v1.ServiceSpec;
type NetworkPolicySpec = k8s.types.input.networking.v1.NetworkPolicySpec;

/**
 * One pod of the application. It serves web pages as root, as its image was made: what the level `baseline` allows of that
 * it gets, and nothing more.
 */
export function demoDeployment(): DeploymentSpec {
  return {
    replicas: 1,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: { seccompProfile: { type: "RuntimeDefault" } },
        containers: [
          {
            name: demoName,
            image: demoImage,
            imagePullPolicy: "IfNotPresent",
            ports: [{ name: "http", containerPort }],
            resources: {
              requests: { cpu: "50m", memory: "64Mi" },
              limits: { cpu: "500m", memory: "512Mi" },
            },
            securityContext: {
              allowPrivilegeEscalation: false,
              // What its web server needs to open port 80 and to give up root for its workers.
              capabilities: { drop: ["ALL"], add: ["CHOWN", "NET_BIND_SERVICE", "SETGID", "SETUID"] },
            },
          },
        ],
      },
    },
  };
}

export function demoService(): ServiceSpec {
  return { type: "ClusterIP", selector: labels, ports: [{ name: "http", port: 8080, targetPort: "http", protocol: "TCP" }] };
}

/** For every pod of the namespace, both ways: nobody may reach it, and nobody may be attacked from it. */
export function demoIsolation(): NetworkPolicySpec {
  return { podSelector: {}, policyTypes: ["Ingress", "Egress"], ingress: [], egress: [] };
}
