/** `belfry render`: the rendered stack as files. */
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UserError } from "../config/user-error.ts";
import { renderMarker } from "./render-marker.ts";
import { renderStack } from "./render.ts";

/**
 * Writes one file per object and per release.
 *
 * @returns how many
 * @throws UserError when the directory holds something that this command did not write
 */
export async function writeRendered(o: { checkout: string; stack: string; directory: string }): Promise<number> {
  const files = await renderStack({ checkout: o.checkout, stack: o.stack });
  const present: string[] = await readdir(o.directory).catch(() => []);
  if (present.length > 0 && !present.includes(renderMarker)) {
    throw new UserError(
      `${o.directory} is not empty, and this command did not make it.`,
      "Name a new directory: npm run belfry -- render --stack STACK --out DIRECTORY",
    );
  }
  for (const name of present) await rm(join(o.directory, name), { recursive: true });
  await mkdir(o.directory, { recursive: true });
  await writeFile(join(o.directory, renderMarker), "");
  for (const [path, content] of files) {
    const file = join(o.directory, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  return files.size;
}
