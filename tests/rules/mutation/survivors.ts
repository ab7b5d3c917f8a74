/** Mutants that no scenario tells from the deployed rule, and why that is no missing test. Pure. */
import { parse } from "yaml";
import { z } from "zod";
import type { Mutant } from "./mutants.ts";

/** The share of mutants that must be caught, in per cent. */
export const wanted = 95;

const explanation = z.strictObject({ rule: z.string(), mutant: z.string(), why: z.string().min(20) });
export type Explanation = z.infer<typeof explanation>;

/** @throws Error of zod for anything but a list of rule, mutant and why */
export function readSurvivors(text: string): Explanation[] {
  return z.array(explanation).parse(parse(text) ?? []);
}

export interface Judgement {
  readonly survivors: readonly { readonly mutant: Mutant; readonly why: string | undefined }[];
  /** What makes the command fail, each in one line; empty when all is well. */
  readonly problems: readonly string[];
}

/**
 * @param played the mutants that were played
 * @param all every mutant there is: an explanation of another one is out of date
 */
export function judge(
  played: readonly Mutant[],
  caught: ReadonlyMap<number, string>,
  explanations: readonly Explanation[],
  all: readonly Mutant[],
): Judgement {
  const of = ({ rule, what }: Mutant) => explanations.find((one) => one.rule === rule && one.mutant === what);
  const survivors = played.filter(({ number }) => !caught.has(number)).map((mutant) => ({ mutant, why: of(mutant)?.why }));
  const gone = explanations.filter((one) => !all.some(({ rule, what }) => one.rule === rule && one.mutant === what));
  const share = percent(played.length - survivors.length, played.length);
  const unexplained = survivors.filter(({ why }) => why === undefined).length;
  return {
    survivors,
    problems: [
      ...(unexplained === 0 ? [] : [`${unexplained} mutants survive, and nobody says why. Write the scenario, or the reason.`]),
      ...played.flatMap((mutant) =>
        caught.has(mutant.number) && of(mutant) !== undefined
          ? [`${mutant.rule}: ${mutant.what}: is caught by "${caught.get(mutant.number) ?? ""}", but listed as a survivor. Take it out.`]
          : [],
      ),
      ...gone.map(({ rule, mutant }) => `${rule}: ${mutant}: is listed as a survivor, but there is no such mutant. Take it out.`),
      ...(share < wanted ? [`${share.toFixed(1)} % of the mutants are caught: fewer than ${wanted} %.`] : []),
    ],
  };
}

export function percent(part: number, whole: number): number {
  return whole === 0 ? 100 : (part / whole) * 100;
}
