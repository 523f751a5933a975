import assert from "node:assert/strict";
import { test } from "node:test";
import { type Container, copied, isContainer, jsonRows, type Opened, preview, ROOT, STEP } from "./json.ts";

const CLOSED: Opened = { open: new Set(), drawn: new Map() };

/** Opens everything in a value. */
function openAll(value: unknown): Opened {
  const open = new Set<Container>();
  const waiting = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (!isContainer(next)) continue;
    open.add(next);
    waiting.push(...Object.values(next));
  }
  return { open, drawn: new Map() };
}

/** Writes each row as `depth key path`. */
function shown(value: Container, opened: Opened): string[] {
  return jsonRows(value, opened).map((row) =>
    row.kind === "more" ? `${row.depth} more ${row.hidden}` : `${row.depth} ${row.key} ${row.path}`,
  );
}

test("open containers have rows", () => {
  const value = { a: 1, b: { c: [{ d: 2 }, 3, [4]], "": 5 }, "x.y": null, "<b>": {} };
  assert.deepEqual(shown(value, CLOSED), ["0 a a", "0 b b", "0 x.y x.y", "0 <b> <b>"]);
  assert.deepEqual(shown(value, openAll(value)), [
    "0 a a",
    "0 b b",
    "1 c b.c",
    "2 0 b.c",
    "3 d b.c.d",
    "2 1 b.c",
    "2 2 undefined",
    "3 0 undefined",
    "1  undefined",
    "0 x.y x.y",
    "0 <b> <b>",
  ]);
});

test("__proto__ is a key like any other", () => {
  const value = JSON.parse(
    '{"__proto__": {"polluted": true}, "constructor": 1, "hasOwnProperty": 2, "toString": null}',
  );
  assert.deepEqual(shown(value, openAll(value)), [
    "0 __proto__ __proto__",
    "1 polluted __proto__.polluted",
    "0 constructor constructor",
    "0 hasOwnProperty hasOwnProperty",
    "0 toString toString",
  ]);
  assert.equal("polluted" in {}, false);
});

test("depth costs nothing", () => {
  for (const depth of [200, 100_000]) {
    let value: Container = {};
    for (let level = 0; level < depth; level++) value = level % 2 ? { a: value } : [value];
    const rows = jsonRows(value, openAll(value));
    assert.equal(rows.length, depth);
    assert.equal(rows.at(-1)?.depth, depth - 1);
    assert.equal(typeof copied(value), "string");
    assert.match(preview(value), /^.{1,20}$/);
  }
});

test("many entries are drawn a hundred at a time", () => {
  const wide = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`key ${index}`, index]));
  const inner = { wide, list: Array(250).fill(0) };
  assert.equal(shown(wide, CLOSED).length, STEP + 1);
  assert.equal(shown(wide, CLOSED).at(-1), "0 more 4900");
  assert.equal(shown(wide, { open: new Set(), drawn: new Map([[ROOT, 200]]) }).at(-1), "0 more 4800");
  assert.equal(shown(wide, { open: new Set(), drawn: new Map([[ROOT, 5_000]]) }).length, 5_000);
  const rows = jsonRows(inner, { ...openAll(inner), drawn: new Map<Container, number>([[inner.list, 300]]) });
  const more = rows.filter((row) => row.kind === "more");
  assert.deepEqual(more, [{ kind: "more", depth: 1, of: wide, hidden: 4_900 }]);
  assert.equal(rows.length, 1 + 101 + 1 + 250);
});

test("a preview fits a row", () => {
  for (const [value, expect] of [
    [{}, "{}"],
    [[], "[]"],
    [{ id: "LON", qty: 2500, ok: true, none: null }, '{id: "LON", qty: 2500, ok: true, none: null}'],
    [[{ a: 1 }, [2]], "[{…}, […]]"],
    [{ "<img src=x onerror=alert(1)>": "</script>" }, '{<img src=x onerror=alert(1)>: "</script>"}'],
    [["x".repeat(1_000_000)], `["${"x".repeat(78)}…`],
    [["😀".repeat(100)], `["${"😀".repeat(39)}…`],
    [["x", "😀".repeat(100)], `["x", "${"😀".repeat(36)}…`],
    [Array(1_000_000).fill(1), `[${"1, ".repeat(26)}1…`],
  ] as const) {
    assert.equal(preview(value), expect);
  }
});

test("values are copied as they are", () => {
  for (const [value, expect] of [
    ["a\n\u202e<b>", "a\n\u202e<b>"],
    [12.5, "12.5"],
    [null, "null"],
    [[1], "[\n  1\n]"],
    [undefined, ""],
  ] as const) {
    assert.equal(copied(value), expect);
  }
});
