/** Grafana's settings after they were read and checked. */
import type { SecretValue } from "./secret-value.ts";
import type { Exposure } from "./settings-exposure.ts";

/** What a data source is, as Grafana calls it; all of these are part of Grafana itself. */
export const dataSourceTypes = ["prometheus", "loki", "tempo", "jaeger", "alertmanager", "elasticsearch", "graphite"] as const;
export type DataSourceType = (typeof dataSourceTypes)[number];

/** A data source beside those of the stack itself. */
export interface DataSource {
  /** A DNS label; also its UID. */
  readonly name: string;
  readonly type: DataSourceType;
  /** As Grafana's pod reaches it, without a slash at its end. */
  readonly url: string;
  /** Whether new panels begin with it; at most one is. */
  readonly default: boolean;
  readonly auth?:
    | { readonly type: "basic"; readonly username: string; readonly password: SecretValue }
    | { readonly type: "bearer"; readonly token: SecretValue };
}

/** Log-in by a provider of OpenID Connect. */
export interface Oidc {
  /** What stands on the button. */
  readonly title: string;
  readonly clientId: string;
  readonly clientSecret: SecretValue;
  readonly authUrl: string;
  readonly tokenUrl: string;
  /** Where the user's claims are read. */
  readonly apiUrl: string;
  readonly scopes: readonly string[];
  /** Claim that lists the user's groups. */
  readonly groupsClaim: string;
  /** Who may log in at all; an empty list: everybody whom the provider lets through. */
  readonly allowedGroups: readonly string[];
  /** Who becomes an administrator or editor; everybody else is a viewer. */
  readonly adminGroups: readonly string[];
  readonly editorGroups: readonly string[];
  /** Whether Grafana's own users, its administrator among them, may log in by password too. */
  readonly passwordLogin: boolean;
}

export interface GrafanaSettings extends Exposure {
  readonly enabled: boolean;
  /** Kubernetes quantity; without a volume everything that is not code is gone when the pod ends. */
  readonly storage?: string;
  /** Whether Grafana sends mail by the stack's mail server. */
  readonly mail: boolean;
  readonly oidc?: Oidc;
  readonly dataSources: readonly DataSource[];
}
