import assert from "node:assert/strict";
import { parse } from "yaml";
import { sandboxAlertmanagerConfig } from "../../../sandbox/daemon/alertmanager-config.ts";

const generated = `
global:
  resolve_timeout: 5m
  smtp_auth_password_file: /etc/alertmanager/secrets/mail/password
route:
  receiver: slack
receivers:
- name: slack
  slack_configs:
  - api_url_file: /etc/alertmanager/secrets/slack/url
    channel: "#alerts"
    title: '{{ template "belfry.slack.title" . }}'
    fields:
    - title: log_file
      value: /etc/alertmanager/secrets/word
- name: mail
  email_configs:
  - to: a@example.com
    headers:
      Subject_file: /etc/alertmanager/secrets/word
    tls_config:
      ca_file: /elsewhere/ca.crt
templates:
- /etc/alertmanager/config/*.tmpl
`;

describe("the configuration of Alertmanager in the sandbox", () => {
  it("differs from the generated one in the paths of mounted files only", () => {
    const mapPath = (path: string) => (path.startsWith("/etc/alertmanager/") ? `/pod${path}` : undefined);
    const expected = generated
      .replace("/etc/alertmanager/secrets/mail/password", "/pod/etc/alertmanager/secrets/mail/password")
      .replace("/etc/alertmanager/secrets/slack/url", "/pod/etc/alertmanager/secrets/slack/url")
      .replace("/etc/alertmanager/config/*.tmpl", "/pod/etc/alertmanager/config/*.tmpl");
    assert.deepEqual(parse(sandboxAlertmanagerConfig(generated, mapPath)), parse(expected));
  });
});
