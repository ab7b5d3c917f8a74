import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Checkout, isRunning, makeCheckout, npmStart, processesOf } from "./checkout.ts";

/** Each phase of `npm start`, and a line that it prints without a terminal. */
const phases = [
  { name: "while the cluster starts", at: "Start the embedded cluster: Making the cluster." },
  { name: "while the stack is deployed", at: /Deploy the stack: (created|updated)/ },
  { name: "while messages are proved", at: "Prove that messages arrive: " },
] as const;

describe("Ctrl-C", function () {
  this.timeout(300_000);
  let checkout: Checkout;

  before(async () => {
    checkout = await makeCheckout();
  });
  after(() => checkout.remove());

  async function interrupted(at: string | RegExp, extra: Record<string, string> = {}): Promise<void> {
    const start = npmStart(checkout.directory, [], extra);
    await start.printed(at);
    const pressedAt = Date.now();
    start.interrupt();
    const { code, output } = await start.ended;
    const seconds = (Date.now() - pressedAt) / 1000;
    assert.equal(code, 130, output);
    assert.ok(seconds < 10, `took ${seconds} s`);
    assert.equal(await isRunning(start.pid), false);
    assert.deepEqual(await processesOf(checkout.directory), [], "processes are left");
  }

  it("while the programs are built: nothing half built stays, no compiler runs on", async () => {
    const cache = await mkdtemp(join(tmpdir(), "belfry-cache-"));
    try {
      await interrupted("Obtain the programs: building kube-apiserver", { BELFRY_CACHE_DIR: cache, PATH: pathWithout(process.env["PATH"] ?? "") });
      assert.deepEqual((await readdir(cache)).filter((name) => name.startsWith("build-") || name === "programs"), []);
      assert.deepEqual(await processesOf(cache), []);
    } finally {
      await rm(cache, { recursive: true });
    }
  });

  for (const { name, at } of phases) {
    it(`${name}: exit code 130 within 10 s, no process left`, () => interrupted(at));
  }

  it("leaves a state from which the next start carries on to the end", async () => {
    const { code, output } = await npmStart(checkout.directory).ended;
    assert.equal(code, 0, output);
    assert.match(output, /Stack dev is deployed in the embedded cluster/);
  });
});

/** PATH without directories that hold programs of the sandbox: the build is what is interrupted here. */
function pathWithout(path: string): string {
  return path.split(":").filter((directory) => !directory.includes("belfry")).join(":");
}
