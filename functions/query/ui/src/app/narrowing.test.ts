import assert from "node:assert/strict";
import { test } from "node:test";
import { narrowing, type Way } from "./narrowing.ts";

test("a value narrows the view, or is excluded", () => {
  for (const [query, field, value, way, expect] of [
    ["", "service", "a", "only", { service: "a" }],
    ["service=b", "service", "a", "only", { service: "a" }],
    ["", "service", "a,b", "only", { "field.service": "a,b" }],
    ["", "service", "a", "not", { "not.service": "a" }],
    ["not.service=b", "service", "a", "not", { "not.service": "b,a" }],
    ["not.service=a", "service", "a", "not", { "not.service": "a" }],
    ["", "fqdn", "h", "only", { host: "h" }],
    ["", "name", "n", "not", { "not.logger": "n" }],
    ["", "levelname", "INFO", "only", { "field.levelname": "INFO" }],
    ["", "levelname", "INFO", "not", { "not.field.levelname": "INFO" }],
    ["", "sku", "W 1", "only", { "field.sku": "W 1" }],
    ["", "status", 500, "not", { "not.field.status": "500" }],
    ["not.field.sku=a", "sku", "b", "not", { "not.field.sku": ["a", "b"] }],
    ["", "ok", true, "only", { "field.ok": "true" }],
    ["", "cmd", "=1+1", "only", { "field.cmd:string": "=1+1" }],
    ["", "cmd", "<b>", "not", { "not.field.cmd:string": "<b>" }],
    ["", "urn:x", "a", "only", { "field.urn:x:string": "a" }],
    ["", "urn:x", 7, "only", { "field.urn:x:number": "7" }],
    ["", "args", [1], "only", undefined],
  ] as const) {
    assert.deepEqual(
      narrowing(new URLSearchParams(query), field, value, way as Way),
      expect,
      `${query} ${field} ${way}`,
    );
  }
});
