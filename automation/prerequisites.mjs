/**
 * What `npm start` needs from the machine, looked at before anything else. Plain JavaScript that very old versions of Node.js
 * can still read: it is what tells them that they are too old.
 */

export const minimumNode = [20, 19, 0];

/**
 * @param {string} version as in `process.versions.node`
 * @returns {string | undefined} what is wrong and what to do; undefined when it is new enough
 */
export function nodeProblem(version) {
  const have = version.split(".").map(Number);
  for (let i = 0; i < minimumNode.length; i++) {
    if (have[i] > minimumNode[i]) return undefined;
    if (have[i] < minimumNode[i]) {
      return (
        "Node.js " + version + " is too old: Belfry needs " + minimumNode.join(".") + " or newer.\n" +
        "  Install a current Node.js from https://nodejs.org/ (or with your version manager: nvm install --lts), then run npm start again.\n"
      );
    }
  }
  return undefined;
}

/** Options of `npm start` that npm takes for its own when the `--` is missing; npm then hands them over as variables. */
const options = ["kube-context", "chart-mirror", "yes", "stack"];

/**
 * @param {Record<string, string | undefined>} environment
 * @param {string[]} args the arguments that did arrive
 * @returns {string | undefined}
 */
export function swallowedFlagProblem(environment, args) {
  for (const option of options) {
    const value = environment["npm_config_" + option.replace(/-/g, "_")];
    if (value === undefined || value === "" || (option === "yes" && value !== "true")) continue;
    if (args.some((arg) => arg === "--" + option || arg.startsWith("--" + option + "="))) continue;
    // npm reads "--kube-context NAME" without the "--" as a switch of its own and leaves NAME as the only argument.
    const rest = value === "true" ? args.join(" ") : value;
    return (
      "npm took --" + option + " for one of its own options, so Belfry never saw it. Nothing was done.\n" +
      "  Put two dashes before it: npm start -- --" + option + (rest === "" ? "" : " " + rest) + "\n"
    );
  }
  return undefined;
}
