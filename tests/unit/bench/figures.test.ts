import assert from "node:assert/strict";
import { type Figure, judge, takenWith } from "../../../bench/figures.ts";

const preview: Figure = {
  name: "preview",
  unit: "ms",
  samples: [400, 300, 500],
  against: { name: "empty program", samples: [100, 300, 200] },
  target: { of: "ratio", atMost: 2 },
};

describe("figures", () => {
  it("say what was a stand-in", () => {
    assert.equal(takenWith({ providers: "stand-in", charts: "stand-in" }), "stand-in providers and charts: no target");
    assert.equal(takenWith({ providers: "stand-in", charts: "mirror" }), "stand-in providers: no target");
    assert.equal(takenWith({ providers: "published", charts: "stand-in" }), "stand-in charts: no target");
    assert.equal(takenWith({ providers: "published", charts: "mirror" }), "real providers and charts");
    assert.equal(takenWith({ providers: "published", charts: "published" }), "real providers and charts");
  });

  it("are held against their target with the real providers and charts", () => {
    assert.deepEqual(judge(preview, { providers: "published", charts: "published" }), {
      name: "preview",
      unit: "ms",
      median: 400,
      samples: [400, 300, 500],
      against: { name: "empty program", median: 200, samples: [100, 300, 200] },
      ratio: 2,
      takenWith: "real providers and charts",
      target: { of: "ratio", atMost: 2, met: true },
    });
    const slow = judge({ ...preview, samples: [401] }, { providers: "published", charts: "published" });
    assert.deepEqual(slow.target, { of: "ratio", atMost: 2, met: false });
    const start = judge({ name: "start", unit: "ms", samples: [60_001], target: { of: "median", atMost: 60_000 } }, { providers: "published", charts: "mirror" });
    assert.deepEqual(start.target, { of: "median", atMost: 60_000, met: false });
  });

  it("have no target when one of the two is a stand-in", () => {
    assert.equal(judge(preview, { providers: "published", charts: "stand-in" }).target, null);
    assert.equal(judge(preview, { providers: "stand-in", charts: "mirror" }).target, null);
  });

  it("have one when neither takes part in them", () => {
    const rendered = judge({ name: "render", unit: "ms", samples: [1999], target: { of: "median", atMost: 2_000 }, ofStack: false }, { providers: "stand-in", charts: "stand-in" });
    assert.deepEqual(rendered.target, { of: "median", atMost: 2_000, met: true });
  });

  it("that were not measured, or need no stack, say so", () => {
    assert.deepEqual(judge({ name: "memory", unit: "MiB", samples: [] }, { providers: "published", charts: "published" }), {
      name: "memory", unit: "MiB", median: null, samples: [], against: null, ratio: null,
      takenWith: "real providers and charts", target: null,
    });
    const load = judge({ name: "import", unit: "ms", samples: [1], ofStack: false }, { providers: "stand-in", charts: "stand-in" });
    assert.equal(load.takenWith, "no provider or chart takes part");
  });
});
