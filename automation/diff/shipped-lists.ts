/** The alerts that kube-prometheus-stack ships, for the version of each side. */
import { shippedAlerts } from "../alerts/shipped.ts";
import type { StackSide } from "./compare.ts";

/** The list stands in the checkout whose version it is; the one here may know it as well. */
export function shippedOf(checkouts: readonly string[]): StackSide["shipped"] {
  return (version) => {
    // It becomes a part of a file's name.
    if (!/^[0-9A-Za-z][0-9A-Za-z.+-]*$/.test(version)) return undefined;
    for (const checkout of checkouts) {
      try {
        return shippedAlerts(version, checkout);
      } catch {
        // Not in this one.
      }
    }
    return undefined;
  };
}
