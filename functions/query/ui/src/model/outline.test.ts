import assert from "node:assert/strict";
import { test } from "node:test";
import type { Completeness } from "../api/types.ts";
import { laneOf, outlineOf } from "./outline.ts";
import type { LogRecord } from "./record.ts";

const COMPLETENESS = {} as Completeness;

function record(ms: number, service: string | undefined, levelname: string, more: object = {}): LogRecord {
  const time = `2026-11-20T09:50:25.${String(ms).padStart(3, "0")}000Z`;
  return { id: `r${ms}`, time, levelname, message: `at ${ms}`, ...(service !== undefined && { service }), ...more };
}

test("the outline of nothing is nothing", () => {
  assert.equal(outlineOf("u", [], "service", 200, COMPLETENESS), undefined);
});

test("the outline has what the API's has", () => {
  const records = [
    record(0, "a", "INFO", { source: { arrived: "2026-11-20T09:50:26.000Z" } }),
    record(20, "b", "DEBUG"),
    record(20, "b", "WARNING"),
    record(50, undefined, "ERROR"),
    record(100, "a", "INFO", { source: { arrived: "2026-11-20T09:50:25.090Z" } }),
  ];
  const found = outlineOf("u", records, "service", 10, COMPLETENESS);
  assert.ok(found);
  assert.deepEqual(
    [found.started, found.ended, found.duration_ms, found.record_count, found.worst_level],
    [records[0]?.time, records[4]?.time, 100, 5, "ERROR"],
  );
  assert.deepEqual(found.levels, { INFO: 2, DEBUG: 1, WARNING: 1, ERROR: 1 });
  assert.deepEqual(found.services, [
    { name: "a", records: 2 },
    { name: "b", records: 2 },
  ]);
  assert.deepEqual(
    found.lanes.map(({ name, records, worst_level }) => [name, records, worst_level]),
    [
      ["a", 2, "INFO"],
      ["b", 2, "WARNING"],
      [null, 1, "ERROR"],
    ],
  );
  assert.deepEqual(found.lanes[1]?.bins, [[1, 2, "WARNING"]]);
  assert.deepEqual(found.lanes[0]?.delay_ms, { min: -10, median: 1_000, max: 1_000 });
  assert.equal(found.lanes[1]?.delay_ms, null);
  assert.deepEqual(found.first_error, { id: "r50", time: records[3]?.time, service: null, message: "at 50" });
  assert.deepEqual(
    found.silences.map(({ duration_ms, before }) => [duration_ms, before.id]),
    [
      [50, "r100"],
      [30, "r50"],
      [20, "r20"],
    ],
  );
});

test("lanes are services, hosts or processes", () => {
  const full = record(0, "a", "INFO", { fqdn: "h", process: 7 });
  for (const [one, by, expect] of [
    [full, "service", "a"],
    [full, "host", "h"],
    [full, "process", "h:7"],
    [record(0, "a", "INFO", { process: 7 }), "process", "7"],
    [record(0, "a", "INFO", { fqdn: "h" }), "process", "h"],
    [record(0, undefined, "INFO"), "service", null],
    [record(0, undefined, "INFO"), "process", null],
  ] as const) {
    assert.equal(laneOf(one, by), expect);
  }
});
