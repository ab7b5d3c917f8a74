/** The figures of a run and what is said of each: with what it was taken, what it is aimed at, whether that was met. Pure. */
import type { Sources } from "../sandbox/sources.ts";
import { median, ratio } from "./statistics.ts";

/** `ms` to the millisecond, `s` to the second (as `npm start` tells it), `MiB` of memory. */
export type Unit = "ms" | "s" | "MiB";

/** The most that a figure should be. */
export interface Target {
  readonly of: "ratio" | "median";
  readonly atMost: number;
}

export interface Figure {
  readonly name: string;
  readonly unit: Unit;
  /** Empty: it could not be measured on this machine. */
  readonly samples: readonly number[];
  /** The same measured with something else in the same run, in the same unit. */
  readonly against?: { readonly name: string; readonly samples: readonly number[] };
  /** The aim; where stand-ins take part in the figure it has none, so that nobody tunes them. */
  readonly target?: Target;
  /** Whether providers and charts take part in it; default true. */
  readonly ofStack?: boolean;
}

/** A figure with everything that is derived from it, as `--json` prints it. */
export interface JudgedFigure {
  readonly name: string;
  readonly unit: Unit;
  /** Null: not measured. */
  readonly median: number | null;
  readonly samples: readonly number[];
  readonly against: { readonly name: string; readonly median: number; readonly samples: readonly number[] } | null;
  readonly ratio: number | null;
  readonly takenWith: string;
  /** Null: there is none, or none that holds for what the figure was taken with. */
  readonly target: (Target & { readonly met: boolean }) | null;
}

/** Says of a figure of the stack what played its providers and charts. */
export function takenWith(sources: Sources): string {
  const standIns = [
    ...(sources.providers === "stand-in" ? ["providers"] : []),
    ...(sources.charts === "stand-in" ? ["charts"] : []),
  ];
  return standIns.length === 0 ? "real providers and charts" : `stand-in ${standIns.join(" and ")}: no target`;
}

export function judge(figure: Figure, sources: Sources): JudgedFigure {
  const { name, unit, samples, against, target, ofStack = true } = figure;
  const measured = samples.length === 0 ? null : median(samples);
  const compared = against === undefined || measured === null ? null : ratio(samples, against.samples);
  const real = !ofStack || (sources.providers !== "stand-in" && sources.charts !== "stand-in");
  const judged = target?.of === "ratio" ? compared : measured;
  return {
    name,
    unit,
    median: measured,
    samples,
    against: against === undefined ? null : { ...against, median: median(against.samples) },
    ratio: compared,
    takenWith: ofStack ? takenWith(sources) : "no provider or chart takes part",
    target: target === undefined || judged === null || !real ? null : { ...target, met: judged <= target.atMost },
  };
}
