import assert from "node:assert/strict";
import { test } from "node:test";
import { cause, headline } from "./headline.ts";

const BASE = { id: "1", time: "2026-11-20T09:50:25Z", log_uid: "u", service: "a", levelname: "INFO", levelno: 20 };

test("a row is never blank", () => {
  for (const [more, expect] of [
    [{ message: "hello" }, "hello"],
    [{ message: "  " }, "(a record without a message and without fields)"],
    [{}, "(a record without a message and without fields)"],
    [{ message: "", sku: "W-1", status: 200 }, "sku=W-1 status=200"],
    [{ message: { a: 1 } }, '{"a":1}'],
    [{ message: 0 }, "0"],
    [{ message: null, ok: false }, "ok=false"],
    [{ order: { id: 7 }, list: [1, 2] }, 'order={"id":7} list=[1,2]'],
    [{ msg: "template %s" }, "template %s"],
    [{ long: "x".repeat(500) }, `long=${"x".repeat(120)}`],
  ] as const) {
    assert.equal(headline({ ...BASE, ...more }), expect);
  }
});

test("a row has the root cause, unless the message says it already", () => {
  for (const [more, expect] of [
    [{ message: "failed" }, undefined],
    [{ message: "failed", exc_text: "ValueError: no" }, "ValueError: no"],
    [{ message: "failed: ValueError: no", exc_text: "ValueError: no" }, undefined],
  ] as const) {
    assert.equal(cause({ ...BASE, ...more }), expect);
  }
});
