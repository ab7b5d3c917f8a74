/** What `npm run mutate` prints. Pure. */
import { columns } from "../../../automation/drill/table.ts";
import type { Mutant } from "./mutants.ts";
import { type Judgement, percent } from "./survivors.ts";

/** Lines without their line feeds: rules, kinds of mutants, survivors. */
export function mutationTable(played: readonly Mutant[], caught: ReadonlyMap<number, string>, { survivors }: Judgement): string[] {
  const rows = (by: (mutant: Mutant) => string) =>
    [...new Set(played.map(by))].map((name) => row(name, played.filter((mutant) => by(mutant) === name), caught));
  return [
    ...columns([head("rule"), ...rows(({ rule }) => rule)]),
    "",
    ...columns([head("mutation"), ...rows(({ kind }) => kind), row("all", played, caught)]),
    ...(survivors.length === 0 ? [] : ["", "Survivors:"]),
    ...survivors.map(({ mutant, why }) => `  ${mutant.rule}: ${mutant.kind}: ${mutant.what}\n    ${why ?? "NOBODY SAYS WHY"}`),
  ];
}

const head = (name: string): string[] => [name, "mutants", "caught", "survivors", "share"];

function row(name: string, mutants: readonly Mutant[], caught: ReadonlyMap<number, string>): string[] {
  const found = mutants.filter(({ number }) => caught.has(number)).length;
  return [name, String(mutants.length), String(found), String(mutants.length - found), `${percent(found, mutants.length).toFixed(1)} %`];
}
