/** Questions to the API server whose answers no watch gives. */
import { z } from "zod";
import { type KubeClient, KubeStatusError } from "./kube-client.ts";

const namespaceSchema = z.object({ metadata: z.object({ uid: z.string() }) });
const groupSchema = z.object({ versions: z.array(z.object({ groupVersion: z.string() })) });
const resourcesSchema = z.object({ resources: z.array(z.object({ name: z.string() })) });

/** The cluster's identity. */
export async function kubeSystemUid(client: KubeClient): Promise<string> {
  return namespaceSchema.parse(await client.get("/api/v1/namespaces/kube-system")).metadata.uid;
}

/** @returns `version/resource` of every kind of the operator's group that the API server knows */
export async function operatorKinds(client: KubeClient): Promise<string[]> {
  try {
    const { versions } = groupSchema.parse(await client.get("/apis/monitoring.coreos.com"));
    const lists = await Promise.all(
      versions.map(async ({ groupVersion }) => {
        const { resources } = resourcesSchema.parse(await client.get(`/apis/${groupVersion}`));
        return resources.filter(({ name }) => !name.includes("/")).map(({ name }) => `${groupVersion}/${name}`);
      }),
    );
    return lists.flat();
  } catch (error) {
    if (error instanceof KubeStatusError && error.status === 404) return [];
    throw error;
  }
}
