/** What the user's own scrape targets must agree on, as written. Pure. */
import { jobNames } from "../components/shared/names.ts";
import { problem, recordsOf, tooLong } from "./check-kit.ts";
import type { CheckContext } from "./checks.ts";
import { settingKey, type Problem } from "./problems.ts";
import { itemsOf } from "./secrets.ts";

/** Jobs whose series this stack's alerts count on. */
const ownJobs = Object.values(jobNames).flatMap((job) => (typeof job === "string" ? [job] : Object.values<string>(job)));

export function checkScrapeTargets({ settings }: CheckContext): Problem[] {
  const jobs = recordsOf(settings["scrapeTargets"]);
  const names = jobs.map(({ name }) => name);
  const addresses = new Map<string, string>();
  return jobs.flatMap((job, index) => {
    const path = ["scrapeTargets", index];
    const { name } = job;
    const found: Problem[] = [];
    if (typeof name === "string" && names.indexOf(name) < index) {
      const text = `${JSON.stringify(name)} is already the name of belfry:scrapeTargets[${names.indexOf(name)}].`;
      found.push(problem([...path, "name"], text, "Give every job a name of its own."));
    } else if (typeof name === "string" && (ownJobs.includes(name) || name.startsWith("kube-prometheus-stack"))) {
      const text = `${JSON.stringify(name)} is a job of this stack, whose alerts count its series.`;
      found.push(problem([...path, "name"], text, "Choose another name."));
    }
    itemsOf(job["targets"]).forEach((address, position) => {
      const what = JSON.stringify([typeof address === "string" ? address.toLowerCase() : address, job["path"] ?? "/metrics"]);
      const here = settingKey([...path, "targets", position]);
      const known = addresses.get(what);
      if (typeof address === "string" && known !== undefined) {
        const text = `is the same target as ${known}: it would be counted twice.`;
        found.push(problem([...path, "targets", position], text, "Remove one of the two."));
      } else {
        addresses.set(what, here);
      }
    });
    const defaults = { interval: "60s", timeout: "10s" };
    return [...found, ...tooLong(job, defaults, path)];
  });
}
