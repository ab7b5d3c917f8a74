/** Loki as a data source of Grafana. Pure. */
import { stringify } from "yaml";

import type { ExistingLoki } from "../../config/settings-logs.ts";

/** What Grafana must know of a Loki. */
export type LokiAddress = Pick<ExistingLoki, "url" | "tenant" | "username">;

/** Name of the file, and the key under which Grafana's sidecar finds it. */
export const dataSourceFile = "loki.yaml";

/** By this label the sidecar of the chart knows ConfigMaps and Secrets that hold data sources. */
export const dataSourceLabels = { grafana_datasource: "1" } as const;

/**
 * The file that Grafana reads. The default data source stays Prometheus: with two defaults Grafana does not start.
 *
 * @param password with a user; the result is as secret as it is
 */
export function dataSourceConfig({ url, tenant, username }: LokiAddress, password?: string): string {
  const credentials = username === undefined ? {} : { basicAuth: true, basicAuthUser: literal(username) };
  const header = tenant === undefined ? {} : { httpHeaderName1: "X-Scope-OrgID" };
  const secure = {
    ...(password === undefined ? {} : { basicAuthPassword: literal(password) }),
    ...(tenant === undefined ? {} : { httpHeaderValue1: literal(tenant) }),
  };
  return stringify({
    apiVersion: 1,
    // Grafana forgets it when this file is gone.
    prune: true,
    datasources: [
      {
        name: "Loki",
        uid: "loki",
        type: "loki",
        access: "proxy",
        url: literal(url),
        isDefault: false,
        ...credentials,
        jsonData: header,
        ...(Object.keys(secure).length === 0 ? {} : { secureJsonData: secure }),
      },
    ],
  });
}

/** Grafana replaces `$NAME` in such files by variables of its environment. */
function literal(text: string): string {
  return text.replaceAll("$", "$$$$");
}
