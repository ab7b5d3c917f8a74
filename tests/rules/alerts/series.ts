/** Series of a simulated cluster, minute by minute, and their form in promtool's test files. */

/** What a series does for some minutes. */
export type Piece =
  | { readonly kind: "hold"; readonly minutes: number; readonly value: number }
  | { readonly kind: "count"; readonly minutes: number; readonly value: number; readonly perMinute: number }
  /** Over and over again the same values. */
  | { readonly kind: "repeat"; readonly minutes: number; readonly values: readonly number[] }
  /** It ends: its target stopped to show it, or its target is gone. */
  | { readonly kind: "gone"; readonly minutes: number }
  /** Nobody looks: Prometheus does not run. */
  | { readonly kind: "unseen"; readonly minutes: number };

const toTheEnd = Number.POSITIVE_INFINITY;

/** @param minutes to the end of the scenario unless given; the last piece always goes to the end */
export const hold = (value: number, minutes = toTheEnd): Piece => ({ kind: "hold", minutes, value });
export const count = (value: number, perMinute: number, minutes = toTheEnd): Piece => ({
  kind: "count",
  minutes,
  value,
  perMinute,
});
export const repeat = (values: readonly number[], minutes = toTheEnd): Piece => ({ kind: "repeat", minutes, values });
export const gone = (minutes = toTheEnd): Piece => ({ kind: "gone", minutes });
export const unseen = (minutes = toTheEnd): Piece => ({ kind: "unseen", minutes });

export interface Series {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly pieces: readonly Piece[];
}

export function series(metric: string, labels: Readonly<Record<string, string>>, ...pieces: readonly Piece[]): Series {
  return { metric, labels, pieces };
}

/** The notation of promtool. */
export function notation({ pieces }: Series, minutes: number, interval: number): string {
  let at = 0;
  return pieces
    .map((piece, index) => {
      const end = index === pieces.length - 1 ? minutes + interval : Math.min(at + piece.minutes, minutes + interval);
      const samples = Math.max(0, Math.round((end - at) / interval));
      at = end;
      return samples === 0 ? "" : pieceNotation(piece, samples, interval);
    })
    .filter((text) => text !== "")
    .join(" ");
}

function pieceNotation(piece: Piece, samples: number, interval: number): string {
  switch (piece.kind) {
    case "hold":
      return `${piece.value}x${samples - 1}`;
    case "count":
      return `${piece.value}+${piece.perMinute * interval}x${samples - 1}`;
    case "repeat":
      return Array.from({ length: samples }, (_, index) => String(piece.values[index % piece.values.length])).join(" ");
    case "gone":
      return samples === 1 ? "stale" : `stale _x${samples - 1}`;
    case "unseen":
      return `_x${samples}`;
  }
}

/** Name and labels as promtool wants them. */
export function identity({ metric, labels }: Pick<Series, "metric" | "labels">): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `${metric}{${pairs.join(", ")}}`;
}

/** Which of some series: by metric, and by labels where several have it. */
export type Selector = string | readonly [metric: string, labels: Readonly<Record<string, string>>];

function selects(selector: Selector, { metric, labels }: Series): boolean {
  const [name, wanted] = typeof selector === "string" ? [selector, {}] : selector;
  return name === metric && Object.entries(wanted).every(([label, value]) => labels[label] === value);
}

/**
 * The same series, some of which do something else.
 *
 * @throws Error where nothing is selected: the change would change nothing
 */
export function change(world: readonly Series[], selector: Selector, ...pieces: readonly Piece[]): Series[] {
  const changed = world.map((one) => (selects(selector, one) ? { ...one, pieces } : one));
  if (!world.some((one) => selects(selector, one))) {
    throw new Error(`no series ${JSON.stringify(selector)}`);
  }
  return changed;
}

/** Without some of the series. */
export function without(world: readonly Series[], ...selectors: readonly Selector[]): Series[] {
  for (const selector of selectors) {
    if (!world.some((one) => selects(selector, one))) {
      throw new Error(`no series ${JSON.stringify(selector)}`);
    }
  }
  return world.filter((one) => !selectors.some((selector) => selects(selector, one)));
}

/**
 * The same series, which does something else for some minutes; counters have gone on meanwhile.
 *
 * @throws Error for a `repeat` that would have to be cut
 */
export function during(one: Series, start: number, minutes: number, ...pieces: readonly Piece[]): Series {
  return { ...one, pieces: [...cut(one.pieces, 0, start), ...pieces, ...cut(one.pieces, start + minutes, toTheEnd)] };
}

/** What pieces do from one minute to another. */
function cut(pieces: readonly Piece[], from: number, to: number): Piece[] {
  let at = 0;
  return pieces.flatMap((piece, index) => {
    const start = at;
    const end = index === pieces.length - 1 ? toTheEnd : at + piece.minutes;
    at = end;
    const [first, last] = [Math.max(start, from), Math.min(end, to)];
    if (first >= last) return [];
    if (piece.kind === "repeat" && first > start) throw new Error("a repeated piece cannot be cut");
    const value = piece.kind === "count" ? { value: piece.value + piece.perMinute * (first - start) } : {};
    return [{ ...piece, ...value, minutes: last - first }];
  });
}
