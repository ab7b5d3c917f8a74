/** Data sources as the files that Grafana reads, each found by the sidecar in an object of its own. Pure. */
import { stringify } from "yaml";

import type { DataSource } from "../../config/settings-grafana.ts";

/** By this label the sidecar of the chart knows ConfigMaps and Secrets that hold data sources. */
export const dataSourceLabels = { grafana_datasource: "1" } as const;

/** Name of the file, and the key in the object: one directory holds the files of all of them. */
export function dataSourceFile({ name }: Pick<DataSource, "name">): string {
  return `${name}.yaml`;
}

/** The file that Grafana reads. The result is as secret as the data source's password or token. */
export function dataSourceConfig(source: DataSource): string {
  const { name, type, url, auth } = source;
  return stringify({
    apiVersion: 1,
    // Grafana forgets it when this file is gone.
    prune: true,
    datasources: [
      {
        name,
        uid: name,
        type,
        access: "proxy",
        url: literal(url),
        isDefault: source.default,
        ...(auth?.type === "basic" ? { basicAuth: true, basicAuthUser: literal(auth.username) } : {}),
        jsonData: auth?.type === "bearer" ? { httpHeaderName1: "Authorization" } : {},
        ...(auth === undefined ? {} : { secureJsonData: credentials(auth) }),
      },
    ],
  });
}

function credentials(auth: NonNullable<DataSource["auth"]>): Record<string, string> {
  return auth.type === "basic"
    ? { basicAuthPassword: literal(auth.password.reveal()) }
    : { httpHeaderValue1: literal(`Bearer ${auth.token.reveal()}`) };
}

/** Grafana replaces `$NAME` in such files by variables of its environment. */
function literal(text: string): string {
  return text.replaceAll("$", "$$$$");
}
