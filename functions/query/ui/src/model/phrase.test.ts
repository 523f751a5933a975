import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { MARKS, type Ranges, SEPARATORS, UNSPACED } from "./letters.ts";
import { phrase, wholeWords } from "./phrase.ts";
import type { LogRecord } from "./record.ts";

function nested(levels: number, inner: string): unknown {
  if (levels === 0) return inner;
  return levels % 2 === 0 ? { within: nested(levels - 1, inner) } : [nested(levels - 1, inner)];
}

test("a phrase is found as by the API", () => {
  const record = {
    id: "6b07",
    time: "2026-11-20T09:50:25Z",
    message: "reference VND-007000, Größe ΟΔΟΣ, Gro\u0308ben",
    note: "⚠️Disk full; 发生错误了7、在庫 İzmir; خطأ، ثم",
    lineno: 69,
    created: 1795.5,
    source: { stream: "app_logging" },
    args: [5, ["inner word", { deeper: { still: "so deep" } }]],
    deepest: nested(4, "deepest"),
    tooDeep: nested(5, "too far"),
    marks: "か\u3099ぎ cafe\u0301 xo\u0323\u0302 \u110b\u1169\u11ab\u1103\u1169 ไม่",
    sent: { id: "own 7" },
  };
  for (const [text, expect] of [
    ["VND-007000", true],
    ["vnd/007000", true],
    ["VND-00700", false],
    ["VND-00700*", true],
    ["007000 VND", false],
    ["vnd größe", false],
    ["GRÖSSE", false],
    ["GRÖßE", true],
    ["οδος", true],
    ["größ", false],
    ["GRÖBEN", true],
    ["disk full", true],
    ["错误", true],
    ["误错", false],
    ["了 7 在庫", true],
    ["7", true],
    ["izmir", true],
    ["IZMIR", true],
    ["خطأ ثم", true],
    ["refer", false],
    ["refer*", true],
    ["69", true],
    ["69.0", true],
    ["6", false],
    ["5", true],
    ["inner word", true],
    ["so deep", true],
    ["deepest", true],
    ["too far", false],
    ["か", false],
    ["が", true],
    ["がぎ", true],
    ["がき", false],
    ["か\u3099ぎ", true],
    ["cafe", false],
    ["cafe*", false],
    ["caf*", true],
    ["café", true],
    ["café*", true],
    ["xo*", false],
    ["xọ*", false],
    ["XỘ", true],
    ["오*", false],
    ["온*", true],
    ["ไม", true],
    ["own", true],
    ["1795.5", false],
    ["app_logging", false],
    ["6b07", false],
  ] as const) {
    assert.equal(phrase(text)(record), expect, text);
  }
  const signs = { id: "1", time: "", emoji: "a 🎉 (b)", inner: { arrow: "->" } } as unknown as LogRecord;
  for (const [text, expect] of [
    ["🎉", true],
    ["🎉 (", true],
    ["->", true],
    ["?!", false],
  ] as const) {
    assert.equal(phrase(text)(signs), expect, text);
  }
});

test("words are whole, or go on after a star", () => {
  for (const [text, expect] of [
    ["time*", 0],
    ["time", 1],
    ["no rout*", 1],
    ["→", 0],
    ["time*out", 2],
  ] as const) {
    assert.equal(wholeWords(text), expect, text);
  }
});

function tableOf(file: string): Ranges {
  const rust = readFileSync(new URL(`../../../../../shared/record/src/words/${file}`, import.meta.url), "utf8");
  const character = (written: string) =>
    written.startsWith("\\u")
      ? Number.parseInt(written.slice(3, -1), 16)
      : (written.replace("\\0", "\0").codePointAt(0) ?? -1);
  return [...rust.matchAll(/^ {4}\('(.+)', '(.+)'\),$/gm)].map(([, first = "", last = ""]) => [
    character(first),
    character(last),
  ]);
}

test("the letters are those of the API", () => {
  assert.deepEqual(tableOf("separators.rs"), SEPARATORS);
  assert.deepEqual(tableOf("unspaced.rs"), UNSPACED);
  assert.deepEqual(tableOf("marks.rs"), MARKS);
});
