/**
 * `npm start`: looks at Node.js and at the arguments, installs the packages if they are missing, then hands over to the
 * command (`automation/cli.ts start`). Plain JavaScript: it runs before anything is installed.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeProblem, swallowedFlagProblem } from "./automation/prerequisites.mjs";

const checkout = dirname(fileURLToPath(import.meta.url));
const args = process.argv.slice(2);

const problem = nodeProblem(process.versions.node) || swallowedFlagProblem(process.env, args);
if (problem) {
  process.stderr.write(problem);
  process.exit(2);
}

const names = JSON.parse(readFileSync(join(checkout, "automation", "environment.json"), "utf8"));
const ownCluster = args.some((arg) => arg.startsWith("--kube-context"));

/** The same allow-list as in automation/environment.ts; npm also needs its own settings, which proxies and registries stand in. */
function allowedEnvironment(forNpm) {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        names.machine.includes(name) ||
        name.startsWith("LC_") ||
        (forNpm && name.toLowerCase().startsWith("npm_config_")) ||
        (ownCluster && (names.ownCluster.includes(name) || names.cloudPrefixes.some((prefix) => name.startsWith(prefix)))),
    ),
  );
}

let child;
let interrupted = false;
for (const name of ["SIGINT", "SIGTERM"]) {
  process.on(name, () => {
    interrupted = true;
    // Ctrl-C in a terminal reaches the child by itself; a signal sent to this process alone does not. The child takes both as one.
    if (child) child.kill(name);
  });
}

/** Runs a program in the foreground and gives its exit code. */
function run(command, commandArgs, environment) {
  return new Promise((resolve) => {
    child = spawn(command, commandArgs, { cwd: checkout, stdio: "inherit", env: environment });
    child.on("error", (error) => {
      process.stderr.write(command + " cannot be started: " + error.message + "\n");
      resolve(1);
    });
    child.on("exit", (code, signal) => resolve(signal === "SIGINT" || signal === "SIGTERM" ? 130 : code === null ? 1 : code));
  });
}

/** Whether a package of the lock file is not there in its version; npm records what it installed in a lock file of its own. */
function packagesMissing() {
  const installed = join(checkout, "node_modules", ".package-lock.json");
  if (!existsSync(installed)) return true;
  const packagesOf = (file) => JSON.parse(readFileSync(file, "utf8")).packages;
  const have = packagesOf(installed);
  return Object.entries(packagesOf(join(checkout, "package-lock.json"))).some(
    // Optional packages are for other systems than this one.
    ([path, { version, optional }]) => path !== "" && !optional && (!have[path] || have[path].version !== version),
  );
}

const startedAt = Date.now();
if (packagesMissing()) {
  process.stdout.write("Installing the packages of package-lock.json (about a minute) ...\n");
  // No install scripts: the packages work without theirs, and a stranger's script is not run on the user's machine.
  const npm = process.env.npm_execpath;
  const npmArgs = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const code = npm ? await run(process.execPath, [npm, ...npmArgs], allowedEnvironment(true)) : await run("npm", npmArgs, allowedEnvironment(true));
  if (interrupted) process.exit(130);
  if (code !== 0) {
    process.stderr.write("The packages could not be installed (npm's message stands above).\n  Mend that, then run npm start again.\n");
    process.exit(1);
  }
}
const seconds = Math.round((Date.now() - startedAt) / 1000);

const code = await run(
  process.execPath,
  ["--import", "tsx", join(checkout, "automation", "cli.ts"), "start", "--installed-in", String(seconds), ...args],
  allowedEnvironment(false),
);
process.exit(interrupted ? 130 : code);
