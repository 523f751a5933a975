import assert from "node:assert/strict";
import { test } from "node:test";
import { answer, type Exported } from "./embedded.ts";
import { Problem } from "./problem.ts";
import type { Outline, Records } from "./types.ts";

const record = (ms: number, service: string, levelname: string, message: string, more: object = {}) => ({
  id: `r${ms}`,
  time: `2026-11-20T09:50:25.${String(ms).padStart(3, "0")}000Z`,
  service,
  levelname,
  message,
  ...more,
});
const RECORDS = [
  record(0, "a", "INFO", "Begin", { sku: "W-1" }),
  record(10, "b", "ERROR", "failed", { exc_text: "VendorError: no" }),
  record(20, "c", "DEBUG", "end", { fqdn: "h", name: "c.core" }),
];
const DATA = { uid: "u/1", exported: "", completeness: {}, records: RECORDS } as unknown as Exported;

test("the records in the file are filtered as by the API", () => {
  for (const [query, expect] of [
    ["", ["r0", "r10", "r20"]],
    ["level=INFO", ["r0", "r10"]],
    ["service=a,b", ["r0", "r10"]],
    ["not.service=a,b", ["r20"]],
    ["q=BEGIN", ["r0"]],
    ["q=vendorerror", ["r10"]],
    ["q=vendor*", ["r10"]],
    ["q=w-1", ["r0"]],
    ["q=%3A", ["r10"]],
    ["q=/fail|end/", ["r10", "r20"]],
    ["not.q=begin", ["r10", "r20"]],
    ["from=2026-11-20T09:50:25.010Z", ["r10", "r20"]],
    ["to=2026-11-20T09:50:25.010Z", ["r0"]],
    ["field.sku=W-1", ["r0"]],
    ["not.field.sku=W-1", ["r10", "r20"]],
    ["field.sku:string=W-1", ["r0"]],
    ["field.sku:exists=true", ["r0"]],
    ["host=h", ["r20"]],
    ["logger=c.core", ["r20"]],
    ["logger=c", ["r20"]],
    ["after=r10", ["r20"]],
    ["fields=message&limit=200", ["r0", "r10", "r20"]],
  ] as const) {
    const found = answer(DATA, `/transactions/u%2F1?${query}`) as Records;
    assert.deepEqual(
      found.records.map(({ id }) => id),
      expect,
      query,
    );
  }
});

test("the file has an outline, and each record", () => {
  const outline = answer(DATA, "/transactions/u%2F1/outline?bins=10&by=service&level=INFO") as Outline;
  assert.deepEqual([outline.record_count, outline.first_error?.id], [2, "r10"]);
  assert.deepEqual(answer(DATA, "/logs/r10?around=5"), { record: RECORDS[1], process: null, service: null });
});

test("what the file does not have is said", () => {
  for (const target of [
    "/transactions/other",
    "/transactions/u%2F1?service=z",
    "/transactions/u%2F1?q=vendor",
    "/transactions/u%2F1?logger=c.co",
    "/transactions/u%2F1/outline?service=z",
    "/logs/none?around=0",
    "/logs?q=x",
  ]) {
    assert.throws(
      () => answer(DATA, target),
      (error) => error instanceof Problem && error.document.status === 404,
      target,
    );
  }
});
