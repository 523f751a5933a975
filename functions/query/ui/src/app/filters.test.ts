import assert from "node:assert/strict";
import { test } from "node:test";
import { isScan } from "./filters.ts";

test("only what neither an index nor sketches know needs a scan", () => {
  for (const [query, expect] of [
    ["", false],
    ["from=-1h", false],
    ["q=VND-007000", false],
    ["q=time*", true],
    ["q=/timed? ?out/i", true],
    ["q=→", true],
    ["q=time*&service=shop", false],
    ["level=ERROR", false],
    ["level=WARNING", true],
    ["not.service=shop", true],
    ["not.q=x&log_uid=y", false],
    ["field.status=500", false],
    ["field.ok=true", true],
    ["field.ok:bool=false", true],
    ["field.ok:string=true", false],
    ["field.status>=500", true],
    ["field.status:exists=true", true],
    ["field.status!=500&host=a", false],
  ] as const) {
    assert.equal(isScan(new URLSearchParams(query)), expect, query);
  }
});
