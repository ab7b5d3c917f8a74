/** Sides that are rendered already: directories as `belfry render` writes them. */
import { lstat, readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { renderMarker } from "../render-marker.ts";
import { UsageError } from "../usage-error.ts";

/** More than any stack has; a wrong directory is refused before the memory is full. */
const limits = { files: 20_000, bytes: 200 * 2 ** 20 } as const;

const again = "Write one: npm run belfry -- render --stack STACK --out DIRECTORY";

/**
 * @returns content by relative path; links are not followed
 * @throws UsageError when it is no such directory
 */
export async function readDirectory(directory: string): Promise<Map<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw new UsageError(`${directory} cannot be read as a directory.`, again, { cause: error });
  });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const rendered = files.filter((file) => file.endsWith(".yaml"));
  // The repository's own golden files have no mark of the command, but all else.
  if (!files.includes(join(directory, renderMarker)) && !rendered.some((file) => relative(directory, file).startsWith(`releases${sep}`))) {
    throw new UsageError(`${directory} was not written by belfry render.`, again);
  }
  let bytes = 0;
  for (const file of rendered) bytes += (await lstat(file)).size;
  if (rendered.length > limits.files || bytes > limits.bytes) {
    throw new UsageError(`${directory} holds more than a rendered stack: ${String(rendered.length)} files, ${String(Math.round(bytes / 2 ** 20))} MiB.`, again);
  }
  const contents = await Promise.all(rendered.map(async (file) => [relative(directory, file).split(sep).join("/"), await readFile(file, "utf8")] as const));
  return new Map(contents.sort(([a], [b]) => (a < b ? -1 : 1)));
}
