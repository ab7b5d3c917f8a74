/** Reads the times that `npm start` prints at its end. Pure. */

export interface PhaseSeconds {
  readonly title: string;
  readonly seconds: number;
}

const heading = "How long it took";
const total = "In all";

/**
 * @param output all that `npm start` printed
 * @returns its phases in the order in which they ended, without the line that adds them up
 * @throws Error when the section is not there: the program then says less than it did, and the benchmark must be mended
 */
export function startTimes(output: string): PhaseSeconds[] {
  const lines = output.split("\n");
  const start = lines.lastIndexOf(heading);
  if (start === -1) throw new Error(`npm start printed no section "${heading}"`);
  const phases: PhaseSeconds[] = [];
  for (const line of lines.slice(start + 1)) {
    const [, title, minutes, seconds] = /^ {2}(.+): (?:(\d+) min )?(\d+) s$/.exec(line) ?? [];
    if (title === undefined) break;
    if (title !== total) phases.push({ title, seconds: Number(minutes ?? 0) * 60 + Number(seconds) });
  }
  if (phases.length === 0) throw new Error(`npm start names no phase below "${heading}"`);
  return phases;
}

/**
 * Seconds from a critical Falco event, pushed, to the first request to a receiver, as the drill of `npm start` tells them.
 *
 * @returns undefined when it was not told
 */
export function pushedEventSeconds(output: string): number | undefined {
  const [, seconds] = /^ *falco-event +told .*? (\d+\.\d) s /m.exec(output) ?? [];
  return seconds === undefined ? undefined : Number(seconds);
}
