import assert from "node:assert/strict";
import { test } from "node:test";
import { counted, type Order } from "./counted.ts";
import type { LogRecord } from "./record.ts";

const record = (time: string) => ({ id: time, time: `${time}.000000Z` }) as LogRecord;

test("counts cover all that a list has, and otherwise a day of it", () => {
  const [first, noon, last] = ["2026-08-30T12:00:00", "2026-11-20T12:00:00", "2026-11-20T18:00:00"] as const;
  for (const [times, order, isAll, from, to] of [
    [[last], "newest", true, last, last],
    [[last, noon, first], "newest", true, first, last],
    [[first, noon, last], "oldest", true, first, last],
    // There is more: a day from where the list begins.
    [[last, noon], "newest", false, "2026-11-19T18:00:00", last],
    [[noon, last], "oldest", false, noon, "2026-11-21T12:00:00"],
    // The page itself is longer than a day.
    [[last, first], "newest", false, first, last],
    [[first, last], "oldest", false, first, last],
  ] as const) {
    const found = counted(times.map(record), order, isAll);
    // The end is open.
    const expect = { from: `${from}.000000Z`, to: `${to}.000001Z`, isAll };
    assert.deepEqual(found, expect, `${times} ${order} ${isAll}`);
  }
  assert.equal(counted([], "newest", true), undefined);
});
