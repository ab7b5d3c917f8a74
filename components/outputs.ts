import * as pulumi from "@pulumi/pulumi";

import type { Settings } from "../config/settings.ts";
import { keptByDestroy, type KeepingSettings } from "./kept.ts";
import type { Platform } from "./platform.ts";
import { falcoNames, grafanaAdminSecret, namespaceNames } from "./shared/names.ts";

const falcoNamespace = pulumi.output<string>(namespaceNames.falco);

/** What `pulumi stack output` shows: names, and how to read what is secret; nothing secret itself. */
export function programOutputs(
  platform: Pick<Platform, "namespace" | "releases" | "grafanaSecretName" | "falcoUiSecretName" | "receivers" | "teamReceivers">,
  settings: Pick<Settings, "cluster" | "clusterName" | "environment"> & KeepingSettings,
): Record<string, unknown> {
  const { namespace, releases } = platform;
  return {
    namespace,
    releases,
    receivers: platform.receivers,
    teamReceivers: platform.teamReceivers,
    destroyKeeps: keptByDestroy(settings),
    alertLabels: { cluster: settings.clusterName, environment: settings.environment },
    ...(platform.grafanaSecretName === undefined
      ? {}
      : { grafanaPassword: passwordCommand(platform.grafanaSecretName, namespace, settings.cluster.context) }),
    ...(platform.falcoUiSecretName === undefined
      ? {}
      : { falcoUiLogin: passwordCommand(platform.falcoUiSecretName, falcoNamespace, settings.cluster.context, falcoNames.uiUserKey) }),
  };
}

function passwordCommand(
  secret: pulumi.Output<string>,
  namespace: pulumi.Output<string>,
  context: string | undefined,
  key: string = grafanaAdminSecret.passwordKey,
): pulumi.Output<string> {
  const kubectl = context === undefined ? "kubectl" : `kubectl --context ${context}`;
  const template = `{{index .data "${key}" | base64decode}}`;
  return pulumi.interpolate`${kubectl} -n ${namespace} get secret ${secret} -o go-template='${template}'`;
}
