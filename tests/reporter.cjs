// Mocha's own report for people, and beside it the counts for scripts/test.ts. CommonJS: mocha loads reporters by require.
const fs = require("node:fs");
const { reporters, Runner } = require("mocha");

module.exports = class CountingSpec extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures } = runner.stats;
      fs.writeFileSync(options.reporterOptions.output, JSON.stringify({ passes, failures }));
    });
  }
};
