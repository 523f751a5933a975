import assert from "node:assert/strict";
import { test } from "node:test";
import type { Histogram } from "../api/types.ts";
import { bucketFor, closer, drawn, scaled } from "./histogram.ts";
import { micros, rfc3339 } from "./time.ts";

const DAY = { from: "2026-11-19T12:00:00.000000Z", to: "2026-11-20T12:00:00.000000Z", bucket_ms: 1_800_000 };
const SECOND = 1e6;

/** A histogram with a record in each of the buckets that begin at these times. */
function histogram(starts: readonly string[], more: Partial<Histogram> = {}): Histogram {
  const buckets = starts.map((start) => ({ start: rfc3339(micros(start)), levels: { INFO: 1 }, count: 1 }));
  return { ...DAY, buckets, cut: null, next: null, ...more } as unknown as Histogram;
}

test("a few buckets are asked for again, with the times that they cover", () => {
  for (const [starts, more, expect] of [
    [[], {}, undefined],
    [["2026-11-20T11:30:00Z"], {}, ["11:30:00", "12:00:00"]],
    [["2026-11-20T02:30:00Z", "2026-11-20T11:30:00Z"], {}, ["02:30:00", "12:00:00"]],
    // Much of the time is filled.
    [["2026-11-20T02:00:00Z", "2026-11-20T11:30:00Z"], {}, undefined],
    // There are no shorter buckets.
    [["2026-11-20T11:30:00Z"], { bucket_ms: 1_000 }, undefined],
    // What was not counted may be before.
    [["2026-11-20T11:30:00Z"], { cut: { reached: "2026-11-20T11:00:00Z", reason: "time_limit" } }, undefined],
  ] as const) {
    const times = closer(histogram(starts, more as Partial<Histogram>));
    const found = times && [times.from, times.to].map((us) => rfc3339(us).slice(11, 19));
    assert.deepEqual(found, expect, starts.join());
  }
});

test("buckets are as short as there is room for bars", () => {
  for (const [seconds, expect] of [
    [0, undefined],
    [Number.NaN, undefined],
    [1, "1s"],
    [3_600, "15s"],
    [86_400, "300s"],
    [7 * 86_400, "3600s"],
    [300 * 604_800, "604800s"],
    [301 * 604_800, undefined],
  ] as const) {
    assert.equal(bucketFor({ from: 5, to: 5 + seconds * SECOND }), expect, String(seconds));
  }
});

test("the whole range that was asked for is drawn, and without a beginning the records' own, with room for a bar", () => {
  for (const [starts, more, isOpen, expect] of [
    [["2026-11-20T10:00:00Z"], {}, false, ["2026-11-19T12:00:00", "2026-11-20T12:00:00"]],
    // The last bucket reaches beyond the end.
    [["2026-11-20T11:45:00Z"], {}, false, ["2026-11-19T12:00:00", "2026-11-20T12:15:00"]],
    [["2026-11-20T11:00:30Z"], { bucket_ms: 1_000 }, true, ["2026-11-20T11:00:16", "2026-11-20T11:00:46"]],
    [["2026-11-18T00:00:00Z", "2026-11-20T00:00:00Z"], {}, true, ["2026-11-18T00:00:00", "2026-11-20T00:30:00"]],
  ] as const) {
    const range = drawn(histogram(starts, more), isOpen);
    assert.deepEqual(
      [range.from, range.to].map((us) => rfc3339(us).slice(0, 19)),
      expect,
      starts.join(),
    );
  }
});

test("a range is halved and doubled around a time within it", () => {
  for (const [factor, middle, expect] of [
    [0.5, 50, ["25", "75"]],
    [0.5, 10, ["-15", "35"]],
    [0.5, 900, ["75", "125"]],
    [2, 50, ["-50", "150"]],
  ] as const) {
    const { from, to } = scaled({ from: 0, to: 100 * SECOND }, factor, middle * SECOND);
    assert.deepEqual([micros(from) / SECOND, micros(to) / SECOND].map(String), expect);
  }
});
