import assert from "node:assert/strict";
import { test } from "node:test";
import { append, fold, type Row, template } from "./fold.ts";
import type { LogRecord } from "./record.ts";

function record(fields: Record<string, unknown>): LogRecord {
  return { id: "", time: "", levelno: 20, service: "shop", ...fields };
}

/** Writes each row: a record's message, or the number and template of a fold. */
function shown(rows: readonly Row[]): string[] {
  return rows.map((row) =>
    row.kind === "fold" ? `${row.records.length} × ${row.template}` : String(row.record.message),
  );
}

test("a template has no values", () => {
  for (const [fields, expect] of [
    [{ msg: "check %d widgets", args: [1000], message: "check 1000 widgets" }, "check %d widgets"],
    [{ msg: "sold %(sku)s", args: { sku: "W-1" }, message: "sold W-1" }, "sold %(sku)s"],
    [{ msg: "took 5 s", args: [], message: "took 5 s" }, "took # s"],
    [{ msg: "took 5 s", message: "" }, ""],
    [{ msg: "took 5 s" }, "took # s"],
    [{ message: "uid=6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f; [48, 0.0047s] x" }, "uid=#; [#, #s] x"],
    [{ message: "object at 0x7f9ebcefef40, 3FA9B2 of deadbeef1" }, "object at #, # of #"],
    [{ message: "the facade added decades" }, "the facade added decades"],
    [{ message: "at 2026-11-20T08:35:39.165Z from 10.0.0.1:80" }, "at #-#-#T#Z from #"],
    [{ message: "moved -5, +3.5 and 1,000" }, "moved #, # and #"],
    [{ message: "WIDGET-1 VND-007000 id_3f2a91 abc12" }, "WIDGET-# VND-# id_# abc#"],
    [{ message: "<b>4</b>\u202e\0" }, "<b>#</b>\u202e\0"],
    [{ message: 7 }, ""],
    [{}, ""],
  ] as const) {
    assert.equal(template(record(fields)), expect, JSON.stringify(fields));
  }
});

test("three equal records in a row are folded", () => {
  const one = (message: string, fields = {}) => record({ message, ...fields });
  for (const [records, expect] of [
    [[], []],
    [
      [one("a 1"), one("a 2")],
      ["a 1", "a 2"],
    ],
    [[one("a 1"), one("a 2"), one("a 3")], ["3 × a #"]],
    [
      [one("b"), one("a 1"), one("a 2"), one("a 3"), one("a 4"), one("b")],
      ["b", "4 × a #", "b"],
    ],
    [[one("a"), one("a"), one("a", { service: "other" }), one("a")], Array(4).fill("a")],
    [[one("a"), one("a"), one("a", { service: null }), one("a")], Array(4).fill("a")],
    [[one("a"), one("a", { levelno: 10 }), one("a")], Array(3).fill("a")],
    [Array(5).fill(one("a", { levelno: 10 })), ["5 × a"]],
    [Array(3).fill(one("a", { levelno: undefined })), ["3 × a"]],
    [Array(5).fill(one("a", { levelno: 30 })), Array(5).fill("a")],
    [Array(5).fill(one("a", { levelno: 45 })), Array(5).fill("a")],
    [Array(3).fill(one("a", { exc_text: "ValueError: b" })), Array(3).fill("a")],
    [Array(3).fill(record({})), Array(3).fill("undefined")],
  ] as [LogRecord[], string[]][]) {
    assert.deepEqual(shown(fold(records, true)), expect);
    assert.deepEqual(
      shown(fold(records, false)),
      records.map((record) => String(record.message)),
    );
  }
});

test("appending gives what folding all at once gives", () => {
  const records = [..."aaabbaaaaxxaabbbbbyaayyyabab"].map((message, index) =>
    record({ message, id: String(index), levelno: message === "y" ? 40 : 20 }),
  );
  const whole = fold(records, true);
  assert.ok(whole.some((row) => row.kind === "fold"));
  for (let first = 0; first <= records.length; first++) {
    for (let second = first; second <= records.length; second++) {
      const pages = [records.slice(0, first), records.slice(first, second), records.slice(second)];
      const rows = pages.reduce<Row[]>((rows, page) => append(rows, page, true), []);
      assert.deepEqual(rows, whole, `${first} ${second}`);
    }
  }
});

test("appending keeps the rows before and leaves its argument alone", () => {
  const rows = fold(
    [..."aaabbb"].map((message) => record({ message })),
    true,
  );
  const more = append(rows, [record({ message: "b" })], true);
  assert.equal(more[0], rows[0]);
  assert.deepEqual(
    [shown(rows), shown(more)],
    [
      ["3 × a", "3 × b"],
      ["3 × a", "4 × b"],
    ],
  );
});

test("folded plus shown is the total", () => {
  const records = Array.from({ length: 1_000 }, (_, index) =>
    record({ message: `step ${index >> 4}`, service: `s${(index >> 5) % 3}`, levelno: index % 97 ? 20 : 40 }),
  );
  const rows = fold(records, true);
  const total = rows.reduce((sum, row) => sum + (row.kind === "fold" ? row.records.length : 1), 0);
  assert.equal(total, 1_000);
  assert.ok(rows.length < 200);
});

// Linear time takes a fraction of a second, quadratic time minutes.
test("masking takes linear time", { timeout: 60_000 }, () => {
  for (const part of ["a", "0", "f0", "a-", "1.", "1.a", "0x", "deadbee-", "g", "1,", "-", "0a0a0a0a-"]) {
    template(record({ message: part.repeat(1_000_000 / part.length) }));
  }
});
