import assert from "node:assert/strict";
import { test } from "node:test";
import { histogramOf, timesBeside, valuesOf } from "./counted.ts";
import type { LogRecord } from "./record.ts";

const record = (time: string, fields = {}) => ({ id: time, time: `${time}.000000Z`, ...fields }) as LogRecord;

test("of a list that goes on, a day is counted, or the page if that is longer", () => {
  const [first, noon, last] = ["2026-08-30T12:00:00", "2026-11-20T12:00:00", "2026-11-20T18:00:00"] as const;
  for (const [times, order, from, to] of [
    [[last], "newest", "2026-11-19T18:00:00", last],
    [[last, noon], "newest", "2026-11-19T18:00:00", last],
    [[noon, last], "oldest", noon, "2026-11-21T12:00:00"],
    [[last, first], "newest", first, last],
    [[first, last], "oldest", first, last],
  ] as const) {
    // The end is open.
    const expect = { from: `${from}.000000Z`, to: `${to}.000001Z` };
    assert.deepEqual(
      timesBeside(
        times.map((time) => record(time)),
        order,
      ),
      expect,
      `${times} ${order}`,
    );
  }
  assert.equal(timesBeside([], "newest"), undefined);
});

test("records are counted over time by level, in buckets as long as their time needs", () => {
  const [day, second] = ["2026-11-20T12:00:00", "2026-11-20T12:00:01"];
  const info = (time: string) => record(time, { levelno: 20 });
  const found = histogramOf([record(second, { levelno: 40 }), info(day), info(day)]);
  assert.deepEqual(found, {
    from: `${day}.000000Z`,
    to: `${second}.000001Z`,
    bucket_ms: 1_000,
    buckets: [
      { start: `${day}.000000Z`, levels: { INFO: 2 }, count: 2 },
      { start: `${second}.000000Z`, levels: { ERROR: 1 }, count: 1 },
    ],
    next: null,
    cut: null,
  });
  assert.equal(histogramOf([info("2026-09-01T00:00:00"), info(day)])?.bucket_ms, 43_200_000);
  assert.equal(histogramOf([]), undefined);
});

test("a value is counted once for each record that has it, the commonest first", () => {
  const long = "x".repeat(300);
  for (const [field, values, expect, other = 0] of [
    ["a", [{ a: "y" }, { a: "x" }, { a: "x" }, {}], ["x 2", "y 1"]],
    ["a", [{ a: 5 }, { a: "5" }, { a: true }, { a: null }, { a: {} }], ['"5" 1', "5 1", "true 1"]],
    ["a", [{ a: ["x", "x", "y"] }, { a: ["y"] }], ["y 2", "x 1"]],
    ["a.b", [{ a: { b: "x" } }, { a: [{ b: "x" }, { b: "y" }] }, { "a.b": "x" }], ["x 3", "y 1"]],
    ["a", [{ a: long }], [`${"x".repeat(200)} 1`]],
    ["a", ["p", "q", "r", "s", "p"].map((a) => ({ a })), ["p 2", "q 1", "r 1"], 1],
    ["constructor", [{}], []],
  ] as const) {
    const records = values.map((fields) => record("2026-11-20T12:00:00", fields));
    const found = valuesOf(records, field, 3);
    const shown = found.values.map(({ value, records }) => `${value === "5" ? '"5"' : value} ${records}`);
    assert.deepEqual([shown, found.other], [expect, other], field);
  }
});
