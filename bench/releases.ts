/** Which releases Helm installs for the comparison with `up`, and what an uninstallation of all of them leaves behind. Pure. */
import { releaseNames } from "../components/shared/names.ts";

/** A release as `helm list` names it. */
export interface NamedRelease {
  readonly name: string;
  readonly namespace: string;
}

/** What is in a cluster beside the objects of releases: names, as they are before anything is installed. */
export interface ClusterContent {
  readonly namespaces: readonly string[];
  readonly kubeSystemServices: readonly string[];
  readonly definitions: readonly string[];
}

/**
 * The order in which a person without Belfry could install them: the definitions that the others have objects of, then the
 * stack, then the rest by name. It is the same in every run.
 *
 * @param listed what the deployed stack has, in any order
 * @throws Error when the CRDs' release or the stack's is not among them: something else than the stack would be compared
 */
export function inInstallationOrder(listed: readonly NamedRelease[]): NamedRelease[] {
  const first: readonly string[] = [releaseNames.crds, releaseNames.stack];
  const missing = first.find((name) => !listed.some((release) => release.name === name));
  if (missing !== undefined) throw new Error(`release ${missing} is not deployed`);
  const rank = ({ name }: NamedRelease) => (first.includes(name) ? first.indexOf(name) : first.length);
  return listed.toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

/**
 * What was added and no uninstallation removes: namespaces that Helm made, definitions out of a chart's directory `crds/`, and
 * Services that an operator makes at run time.
 */
export function leftBehind(before: ClusterContent, now: ClusterContent): ClusterContent {
  const added = (of: keyof ClusterContent) => now[of].filter((name) => !before[of].includes(name));
  return {
    namespaces: added("namespaces"),
    kubeSystemServices: added("kubeSystemServices"),
    definitions: added("definitions"),
  };
}
