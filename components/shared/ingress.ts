/** Ingresses of the stack's own parts, in the form that the charts' values have. Pure. */
import type { Ingress, IngressAuth } from "../../config/settings-exposure.ts";
import { ingressUsersSecret } from "./names.ts";
import type { Values } from "./release.ts";

/**
 * Values of an Ingress for the whole host of an address, with TLS.
 *
 * @param of what it leads to, for the name of the certificate's Secret
 * @param externalUrl an `https://` address without a path
 */
export function ingressValues(of: string, externalUrl: string, ingress: Ingress): Values {
  const { hostname } = new URL(externalUrl);
  const { className, tlsSecret, clusterIssuer, auth } = ingress;
  return {
    enabled: true,
    ingressClassName: className,
    annotations: {
      ...(clusterIssuer === undefined ? {} : { "cert-manager.io/cluster-issuer": clusterIssuer }),
      ...(auth === undefined ? {} : authAnnotations(auth)),
    },
    hosts: [hostname],
    tls: [{ hosts: [hostname], secretName: tlsSecret ?? `${of}-tls` }],
  };
}

function authAnnotations(auth: IngressAuth): Record<string, string> {
  switch (auth.type) {
    case "nginx-basic":
      return {
        "nginx.ingress.kubernetes.io/auth-type": "basic",
        "nginx.ingress.kubernetes.io/auth-secret": ingressUsersSecret.name,
        "nginx.ingress.kubernetes.io/auth-realm": "Monitoring",
      };
    case "nginx-oauth2-proxy":
      return {
        "nginx.ingress.kubernetes.io/auth-url": `${auth.url}/oauth2/auth`,
        "nginx.ingress.kubernetes.io/auth-signin": `${auth.url}/oauth2/start?rd=$scheme://$host$escaped_request_uri`,
      };
    case "traefik-middleware":
      return { "traefik.ingress.kubernetes.io/router.middlewares": auth.middleware };
  }
}
