/** How a part of the stack is reached from outside the cluster, after the settings were read and checked. */

/** The ways in which an Ingress asks who is there; each is of one kind of controller. */
export const ingressAuthTypes = ["nginx-basic", "nginx-oauth2-proxy", "traefik-middleware"] as const;

export type IngressAuth =
  /** ingress-nginx asks for a user and password of `belfry:ingressUsers`. */
  | { readonly type: "nginx-basic" }
  /** ingress-nginx asks an oauth2-proxy at this address, without a slash at its end. */
  | { readonly type: "nginx-oauth2-proxy"; readonly url: string }
  /** Traefik sends every request through this middleware, `<namespace>-<name>@kubernetescrd`. */
  | { readonly type: "traefik-middleware"; readonly middleware: string };

export interface Ingress {
  /** The IngressClass whose controller serves it. */
  readonly className: string;
  /** The Secret with certificate and key, in the monitoring namespace; absent where cert-manager makes one. */
  readonly tlsSecret?: string;
  /** The ClusterIssuer of cert-manager that issues the certificate. */
  readonly clusterIssuer?: string;
  /** Absent only for Grafana, which asks by itself. */
  readonly auth?: IngressAuth;
}

export interface Exposure {
  /** The address as people's browsers know it, without a slash at its end. */
  readonly externalUrl?: string;
  readonly ingress?: Ingress;
}
