/** `npm run golden`: writes what the stacks render to into `tests/golden/`, to be looked at before it is committed. */
import { goldenStacks, rewrite } from "../tests/golden/compare.ts";

for (const stack of goldenStacks) {
  process.stdout.write(`tests/golden/${stack}: ${await rewrite(stack)} files\n`);
}
