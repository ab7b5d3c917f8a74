/**
 * The part of Alertmanager's configuration that Belfry writes. Its keys are those that prometheus-operator knows too:
 * the operator parses the file strictly, and refuses all of it for one key that it does not know.
 */

/** A list of matchers, for example `severity="critical"`; all of them must hold. */
export type Matchers = readonly string[];

export interface Route {
  readonly receiver: string;
  readonly matchers?: Matchers;
  /** Whether the next routes are tried too when this one matches. */
  readonly continue?: boolean;
  readonly group_by?: readonly string[];
  readonly group_wait?: string;
  readonly group_interval?: string;
  readonly repeat_interval?: string;
  readonly routes?: readonly Route[];
}

export interface InhibitRule {
  readonly source_matchers: Matchers;
  readonly target_matchers: Matchers;
  /** Labels that must be equal; a label that both alerts lack counts as equal. */
  readonly equal: readonly string[];
}

export interface SlackConfig {
  readonly send_resolved: boolean;
  readonly api_url_file: string;
  readonly channel: string;
  readonly color: string;
  readonly title: string;
  readonly title_link: string;
  readonly text: string;
  readonly fallback: string;
  /** How long one request may take before it is tried again. */
  readonly timeout: string;
}

export interface EmailConfig {
  readonly send_resolved: boolean;
  /** Addresses, separated by commas. */
  readonly to: string;
  readonly from: string;
  /** `host:port` */
  readonly smarthost: string;
  readonly auth_username?: string;
  readonly auth_password_file?: string;
  readonly require_tls: boolean;
  readonly tls_config?: { readonly ca_file: string };
  readonly headers: Readonly<Record<string, string>>;
  readonly html: string;
  readonly text: string;
}

export interface WebhookConfig {
  readonly send_resolved: boolean;
  readonly url_file: string;
  readonly max_alerts: number;
  readonly timeout: string;
}

export interface ReceiverConfig {
  readonly name: string;
  readonly slack_configs?: readonly SlackConfig[];
  readonly email_configs?: readonly EmailConfig[];
  readonly webhook_configs?: readonly WebhookConfig[];
}

/** `alertmanager.yaml` */
export interface AlertmanagerConfiguration {
  readonly global: { readonly resolve_timeout: string };
  readonly route: Route;
  readonly inhibit_rules: readonly InhibitRule[];
  readonly receivers: readonly ReceiverConfig[];
  /** Patterns of template files. */
  readonly templates: readonly string[];
}
