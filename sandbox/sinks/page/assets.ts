/** Reads the page's own style and script. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PageAssets } from "./page.ts";

export async function readPageAssets(): Promise<PageAssets> {
  const read = (name: string) => readFile(join(import.meta.dirname, name), "utf8");
  const [style, script] = await Promise.all([read("inbox.css"), read("inbox.js")]);
  return { style, script };
}
