/**
 * Root hooks of every test run. Mocha swallows rejections that nobody awaits, so a failing assertion inside a forgotten
 * promise would pass: they are collected here and fail the test during which they happened.
 */
const rejections: unknown[] = [];

process.on("unhandledRejection", (reason) => {
  rejections.push(reason);
});

/** Waits one turn of the event loop: `unhandledRejection` is raised after the microtasks of the test have run. */
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

export const mochaHooks = {
  async afterEach(): Promise<void> {
    await nextTurn();
    const [first] = rejections.splice(0);
    if (first !== undefined) {
      throw new Error("a promise was rejected that nobody awaits", { cause: first });
    }
  },
};
