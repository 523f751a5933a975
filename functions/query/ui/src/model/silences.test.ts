import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogRecord } from "./record.ts";
import { silencesOf } from "./silences.ts";

function record(ms: number): LogRecord {
  const time = `2026-11-20T08:35:39.${String(ms).padStart(3, "0")}000Z`;
  return { id: String(ms).padStart(24, "0"), time } as unknown as LogRecord;
}

test("the three longest silences are found, in whatever order the records are", () => {
  for (const [times, expect] of [
    [[], []],
    [[5], []],
    [[5, 5], []],
    [
      [0, 10, 30],
      [
        [30, 20],
        [10, 10],
      ],
    ],
    [
      [30, 10, 0],
      [
        [30, 20],
        [10, 10],
      ],
    ],
    [
      [0, 1, 100, 103, 200, 260],
      [
        [100, 99],
        [200, 97],
        [260, 60],
      ],
    ],
  ] as const) {
    const found = silencesOf(times.map(record)).map(({ before, duration_ms }) => [Number(before.id), duration_ms]);
    assert.deepEqual(found, expect);
  }
});
