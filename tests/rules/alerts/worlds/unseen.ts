/** What happens to everything at once: Prometheus, kube-state-metrics. */
import { gone, hold, type Piece, type Series, unseen } from "../series.ts";

/** Prometheus does not run for some minutes. For series that do one thing all the time. */
export function prometheusStopped(world: readonly Series[], start: number, minutes: number): Series[] {
  return world.map((one) => {
    const [piece] = one.pieces;
    if (piece === undefined || one.pieces.length > 1) {
      return one;
    }
    const later: Piece =
      piece.kind === "count" ? { ...piece, value: piece.value + piece.perMinute * (start + minutes) } : piece;
    return { ...one, pieces: [{ ...piece, minutes: start }, unseen(minutes), later] };
  });
}

/** kube-state-metrics is down for some minutes: its target is, and what it tells ends. */
export function kubeStateMetricsDown(world: readonly Series[], start: number, minutes: number): Series[] {
  return world.map((one) => {
    if (one.metric === "up" && one.labels["job"] === "kube-state-metrics") {
      return { ...one, pieces: [hold(1, start), hold(0, minutes), hold(1)] };
    }
    const [piece] = one.pieces;
    return one.metric.startsWith("kube_") && piece !== undefined && one.pieces.length === 1
      ? { ...one, pieces: [{ ...piece, minutes: start }, gone(minutes), piece] }
      : one;
  });
}
