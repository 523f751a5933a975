import assert from "node:assert/strict";
import { test } from "node:test";
import { LIMIT, plain, type Segment, visible } from "./visible.ts";

/** Writes segments on one line: `text`, ‹escape›, {style: text}. */
function shown(segments: readonly Segment[]): string {
  return segments
    .map((segment) => {
      if (segment.kind === "text") return segment.text;
      if (segment.kind === "escape") return `‹${segment.text}›`;
      const { kind: _, text, ...style } = segment;
      return `{${Object.entries(style).join(" ")}: ${text}}`;
    })
    .join("");
}

test("nothing acts on the reader's screen", () => {
  for (const [text, expect] of [
    ["", ""],
    ["Größe “x” 日本 🎉", "Größe “x” 日本 🎉"],
    ["<script>alert(1)</script> &amp; \"'`", "<script>alert(1)</script> &amp; \"'`"],
    ["a\tb\nc\r\nd\re", "a\tb\nc\nd‹\\r›e"],
    ["a\0\x07\x7f", "a‹\\x00›‹\\x07›‹\\x7f›"],
    ["\0\0\0", "‹\\x00\\x00\\x00›"],
    ["\x9b2J\x85", "‹\\x9b2J›‹\\x85›"],
    ["abc\u202efed\u2069", "abc‹\\u202e›fed‹\\u2069›"],
    ["\u2028\u2029\u061c\u200e\u200f", "‹\\u2028›‹\\u2029›‹\\u061c›‹\\u200e›‹\\u200f›"],
    ["pay\u200bpal\ufeff\u00ad\u2060\u3164", "pay‹\\u200b›pal‹\\ufeff›‹\\u00ad›‹\\u2060›‹\\u3164›"],
    ["a\u200db", "a‹\\u200d›b"],
    ["a\ufe0fb\u{e0041}\u{e0100}", "a‹\\ufe0f›b‹\\u{e0041}›‹\\u{e0100}›"],
    ["\ud800a\udc00", "‹\\ud800›a‹\\udc00›"],
    ["\ufff9a\ufffb", "‹\\ufff9›a‹\\ufffb›"],
  ] as const) {
    assert.equal(shown(visible(text).segments), expect.replaceAll("\\u00ad", "\\xad"), JSON.stringify(text));
  }
});

test("scripts and emoji stay as they are", () => {
  for (const text of [
    "مرحبا بالعالم، الطلب رقم ١٢٣",
    "بِسْمِ ٱللَّهِ",
    "می‌خواهم",
    "שָׁלוֹם עוֹלָם",
    "בְּרֵאשִׁ֖ית",
    "क्‍ष हिन्दी",
    "ශ්‍රී ලංකා",
    "ภาษาไทย ที่",
    "Việt Nam e\u0301",
    "葛\u{e0100}城",
    "한국어 각",
    "👩‍👩‍👧‍👦 👩🏽‍💻 🏳️‍🌈 🏴‍☠️ ❤️ ☎︎ 🇩🇪 🏴󠁧󠁢󠁥󠁮󠁧󠁿 1️⃣ 👨‍❤️‍💋‍👨",
  ]) {
    assert.deepEqual(visible(text), { segments: [{ kind: "text", text }], hidden: 0 }, text);
  }
});

test("a flag hides no text", () => {
  const tags = [..."ignoreallofthis"].map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join("");
  assert.match(shown(visible(`🏴${tags}\u{e007f}`).segments), /^🏴‹\\u\{e0069\}.*›$/);
  assert.match(shown(visible(`😀${"\ufe0f".repeat(4)}`).segments), /^😀\ufe0f‹(\\ufe0f){3}›$/);
});

test("colours of terminals are kept", () => {
  for (const [text, expect] of [
    ["a\x1b[31mred\x1b[0m b", "a{fg,1: red} b"],
    ["\x1b[1;31mred\x1b[22m thin\x1b[m.", "{fg,1 bold,true: red}{fg,1:  thin}."],
    ["\x1b[92;44mx\x1b[39my\x1b[49mz", "{fg,10 bg,4: x}{bg,4: y}z"],
    ["\x1b[38;5;196mx\x1b[38;5;21my\x1b[38;2;250;250;250mz", "{fg,1: x}{fg,4: y}{fg,15: z}"],
    ["\x1b[30;90m\x1b[97mx", "{fg,15: x}"],
    ["\x1b[3;4;9;2;7mx", "{dim,true italic,true underline,true strike,true reverse,true: x}"],
    ["\x1b[1m\x1b[1m\x1b[22mx", "x"],
    ["\x1b[8mhidden\x1b[5m blinking", "hidden blinking"],
    ["\x9b32mx", "{fg,2: x}"],
    ["\x1b[31m<b>\x1b[0m", "{fg,1: <b>}"],
    ["\x1b[31ma\u202eb", "{fg,1: a}‹\\u202e›{fg,1: b}"],
    ["\x1b[38;5mx\x1b[38;5;999mx\x1b[999mx", "xxx"],
    [`\x1b[${"1;".repeat(100)}mx`, `‹\\x1b›[${"1;".repeat(100)}mx`],
  ] as const) {
    assert.equal(shown(visible(text).segments), expect, JSON.stringify(text));
  }
});

test("other sequences are shown and not carried out", () => {
  for (const [text, expect] of [
    ["\x1b[2J\x1b[1;1H", "‹\\x1b[2J\\x1b[1;1H›"],
    ["\x1b]0;title\x07x", "‹\\x1b]0;title\\x07›x"],
    [
      "\x1b]8;;https://a.example\x1b\\click\x1b]8;;\x1b\\",
      "‹\\x1b]8;;https://a.example\\x1b\\›click‹\\x1b]8;;\\x1b\\›",
    ],
    ["\x1b]0;\u202e<img src=x>\u200b\x07", "‹\\x1b]0;\\u202e<img src=x>\\u200b\\x07›"],
    ["\x9d0;x\x9c", "‹\\x9d0;x\\x9c›"],
    ["\x1bc\x1b(B", "‹\\x1b›c‹\\x1b›(B"],
    ["\x1b[38:2::1:2:3mx", "‹\\x1b[38:2::1:2:3m›x"],
    ["\x1b]0;never ends", "‹\\x1b›]0;never ends"],
    ["\x1b", "‹\\x1b›"],
  ] as const) {
    assert.equal(shown(visible(text).segments), expect, JSON.stringify(text));
  }
});

test("combining marks cover no other line", () => {
  const mark = "\u0301";
  for (const [text, expect] of [
    [`e${mark.repeat(8)}.`, `e${mark.repeat(8)}.`],
    [`e${mark.repeat(10)}.`, `e${mark.repeat(8)}‹\\u0301\\u0301›.`],
    [`e${mark.repeat(500)}.`, `e${mark.repeat(8)}‹\\u0301… 492 combining marks›.`],
    [`${mark}e`, "‹\\u0301›e"],
    [`x\n${mark}`, "x\n‹\\u0301›"],
    [`e\x1b[1m${mark}`, "e‹\\u0301›"],
  ] as const) {
    assert.equal(shown(visible(text).segments), expect);
  }
  const { segments } = visible(`e${mark.repeat(500)}`);
  assert.deepEqual(segments[1], {
    kind: "escape",
    text: "\\u0301… 492 combining marks",
    title: "492 more combining marks on one character",
  });
});

test("escapes have names", () => {
  for (const [text, expect] of [
    ["\u202e", "U+202E right-to-left override"],
    ["\0", "U+0000 NUL"],
    ["\x01", "U+0001 control character"],
    ["\ud800", "U+D800 half of a character"],
    ["\u3164", "U+3164 invisible character"],
    ["\x1b[2J", "a control sequence for terminals, not carried out"],
  ] as const) {
    const [segment] = visible(text).segments;
    assert.equal(segment?.kind === "escape" && segment.title, expect);
  }
});

test("long texts are cut between characters", () => {
  for (const [text, limit, expect, hidden] of [
    ["abcdef", 4, "abcd", 2],
    ["abcd", 4, "abcd", 0],
    ["ab😀cd", 3, "ab😀", 2],
    ["a𝒳𝒳", 2, "a𝒳", 1],
    ["a👩‍👩‍👧b", 2, "a👩‍👩‍👧", 1],
    ["abe\u0301f", 3, "abe\u0301", 1],
    ["a\x1b[2Jb", 1, "a", 5],
    ["a\x1b[2Jb", 2, "a‹\\x1b[2J›", 1],
    ["\n".repeat(10), 2, "\n\n", 8],
    ["", 0, "", 0],
  ] as const) {
    const { segments, hidden: rest } = visible(text, { limit });
    assert.deepEqual([shown(segments), rest], [expect, hidden], JSON.stringify(text));
  }
});

test("a text of a megabyte is cut", () => {
  const { segments, hidden } = visible("x".repeat(1_000_000));
  assert.deepEqual([segments[0]?.text.length, hidden], [LIMIT, 1_000_000 - LIMIT]);
});

test("the number of segments is bounded", () => {
  const { segments, hidden } = visible("a\0".repeat(500_000), { limit: Infinity, maxSegments: 100 });
  assert.ok(segments.length <= 101 && hidden >= 999_890, `${segments.length} ${hidden}`);
});

// Each of these takes a fraction of a second in linear time, and minutes in quadratic time.
test("time is linear", { timeout: 60_000 }, () => {
  for (const part of [
    "x",
    "x\x00",
    "\x1b[31m",
    "\x1b[1mx",
    "\x1b[38;5;20mx",
    "\x1b]",
    "\x90",
    "\x1b]0;x",
    "e\u0301",
    "\u0301",
    "\u202e",
    "😀\u200d",
    "\ud800",
    "م\u200c",
    "🏴\u{e0061}",
    "\r\n",
    "\x1b[1",
  ]) {
    const text = part.repeat(500_000 / part.length);
    assert.equal(typeof plain(text), "string");
  }
});

test("plain gives one text", () => {
  assert.equal(plain("\x1b[31mred\x1b[0m \u202e\0 <b>"), "red \\u202e\\x00 <b>");
  assert.equal(plain("x".repeat(5_000)).length, 5_000);
});
