import assert from "node:assert/strict";
import { test } from "node:test";
import { skews } from "./facts.ts";

test("a record that arrives before its own time proves a skew", () => {
  const lane = (name: string | null, min?: number) => ({
    name,
    delay_ms: min === undefined ? null : { min, median: 35.1, max: 900 },
  });
  for (const [lanes, expect] of [
    [[], []],
    [[lane("a", 35), lane("b", 0), lane("c")], []],
    [[lane("a", -0.9)], []],
    [
      [lane("a", -1), lane("ordering", -1_200.5), lane(null, -30)],
      [
        { lane: "ordering", aheadMs: 1_200.5 },
        { lane: null, aheadMs: 30 },
        { lane: "a", aheadMs: 1 },
      ],
    ],
  ] as const) {
    assert.deepEqual(skews(lanes), expect);
  }
});
