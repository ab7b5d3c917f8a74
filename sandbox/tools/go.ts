/** The Go toolchain: whether it is there and new enough, and the environment that it builds in. */
import { prerequisites } from "../../config/versions.ts";
import { UserError } from "../../config/user-error.ts";
import { run } from "./process.ts";

/**
 * What Go may see. The checksum database stays switched on: the variables that would switch it off (GOFLAGS, GONOSUMDB,
 * GONOSUMCHECK, GOINSECURE) are not passed on.
 */
const allowed = [
  "PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "GOPATH", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOTOOLCHAIN",
  "GOROOT", "GOTMPDIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
  "SSL_CERT_FILE", "SSL_CERT_DIR",
] as const;

/** @returns the environment for `go`: an allow-list, without cgo, so that the programs need nothing of the machine's libraries */
export function goEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const env: Record<string, string> = { CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -buildvcs=false", GOWORK: "off", LC_ALL: "C" };
  for (const name of allowed) {
    const value = environment[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

export interface GoToolchain {
  /** For example `go1.26.8`. */
  readonly version: string;
  /** For example `linux/amd64`. */
  readonly target: string;
  readonly buildCache: string;
}

/**
 * Looks for Go.
 *
 * @throws UserError when it is missing or too old
 */
export async function checkGo(environment: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<GoToolchain> {
  const install = `Install Go ${prerequisites.go} or newer from https://go.dev/dl/ and put its bin directory on PATH, then run npm start again.`;
  const result = await run("go", ["env", "-json", "GOVERSION", "GOOS", "GOARCH", "GOCACHE"], {
    env: goEnvironment(environment),
    ...(signal === undefined ? {} : { signal }),
  });
  if (result.code !== 0) {
    throw new UserError("Go is missing: the sandbox's programs are built from their Go modules.", install);
  }
  const found = JSON.parse(result.stdout) as Record<"GOVERSION" | "GOOS" | "GOARCH" | "GOCACHE", string>;
  if (!newEnough(found.GOVERSION, prerequisites.go)) {
    throw new UserError(`Go is too old: this is ${found.GOVERSION.replace(/^go/, "")}, Belfry needs ${prerequisites.go} or newer.`, install);
  }
  return { version: found.GOVERSION, target: `${found.GOOS}/${found.GOARCH}`, buildCache: found.GOCACHE };
}

/** @param version as `go env GOVERSION` tells it @param minimum `major.minor` */
export function newEnough(version: string, minimum: string): boolean {
  const numbers = /^go(\d+)\.(\d+)/.exec(version);
  if (numbers === null) return version.startsWith("devel");
  const [wantMajor = 0, wantMinor = 0] = minimum.split(".").map(Number);
  const [haveMajor, haveMinor] = [Number(numbers[1]), Number(numbers[2])];
  return haveMajor > wantMajor || (haveMajor === wantMajor && haveMinor >= wantMinor);
}
