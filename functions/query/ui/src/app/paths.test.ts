import assert from "node:assert/strict";
import { test } from "node:test";
import { isText } from "./paths.ts";

test("what cannot be a uid is a text to search for", () => {
  for (const [wanted, expect] of [
    ["6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f", false],
    ["vendor order", true],
    ["/timed?out/i", true],
    ["/api/v2", false],
    [".", true],
    ["..", true],
    ["...", false],
    ["%2e", false],
    ["a.b", false],
    ["undefined", false],
  ] as const) {
    assert.equal(isText(wanted), expect, wanted);
  }
});
