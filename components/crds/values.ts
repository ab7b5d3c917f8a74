import type { Values } from "../shared/release.ts";

/**
 * Values of prometheus-operator-crds.
 *
 * @param o.purge whether Helm deletes the CRDs with the release
 */
export function crdValues(o: { readonly purge: boolean }): Values {
  return { crds: { annotations: o.purge ? {} : { "helm.sh/resource-policy": "keep" } } };
}
