import assert from "node:assert/strict";
import { benchOptions } from "../../../bench/options.ts";
import { UserError } from "../../../config/user-error.ts";

describe("the arguments of npm run bench", () => {
  it("are few", () => {
    assert.deepEqual(benchOptions([]), { json: false, quick: false, help: false, chartMirror: undefined });
    assert.deepEqual(benchOptions(["--quick", "--json", "--chart-mirror", "http://127.0.0.1:1"]), {
      json: true, quick: true, help: false, chartMirror: "http://127.0.0.1:1",
    });
  });

  it("that there are not are named", () => {
    const fix = "What there is: npm run bench -- --help";
    for (const [args, what] of [
      [["--fast"], "Unknown option '--fast'."],
      [["x"], "Unexpected argument 'x'."],
    ] as const) {
      assert.throws(() => benchOptions(args), (error: unknown) => {
        assert.ok(error instanceof UserError);
        assert.equal(error.message, `${what}\n  ${fix}`);
        return true;
      });
    }
  });
});
