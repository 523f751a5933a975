import assert from "node:assert/strict";
import { test } from "node:test";
import { BOUNDS, type Compared, compare } from "./compare.ts";
import type { LogRecord } from "./record.ts";

/** Makes records of `service message ms`. */
function records(...lines: string[]): LogRecord[] {
  return lines.map((line, index) => {
    const [, service, message, ms] = /^(\S+) (.*) (\d+)$/.exec(line) ?? [];
    const time = new Date(Date.UTC(2026, 10, 20) + Number(ms)).toISOString();
    return { id: String(index), time, service, message };
  });
}

function shown(rows: readonly Compared[] | undefined): string[] | undefined {
  return rows?.map(({ kind, service, template, a, b, deltaMs }) => {
    const ids = `${a?.id ?? ""}:${b?.id ?? ""}`;
    return [kind, service, template, ids, ...(deltaMs === undefined ? [] : [deltaMs])].join(" ");
  });
}

test("transactions are aligned", () => {
  for (const [a, b, expect] of [
    [[], [], []],
    [["s x 0"], [], ["missing s x 0:"]],
    [[], ["s x 0"], ["new s x :0"]],
    [["s order 17 0"], ["s order 18 900"], ["same s order # 0:0"]],
    [
      ["s a 0", "s b 10", "s c 20"],
      ["s a 0", "s c 20", "s d 30"],
      ["same s a 0:0", "missing s b 1:", "same s c 2:1 0", "new s d :2"],
    ],
    // The time counts from the service's last record in both, whatever came between.
    [
      ["s a 0", "t z 5", "s b 10"],
      ["s a 0", "t z 5", "s b 40"],
      ["same s a 0:0", "same t z 1:1", "slower s b 2:2 30"],
    ],
    [
      ["s a 0", "s b 40", "s c 41"],
      ["s a 0", "s b 10", "s c 11"],
      ["same s a 0:0", "faster s b 1:1 -30", "same s c 2:2 0"],
    ],
    // Twice as long but little, and much but not twice.
    [
      ["s a 0", "s b 1", "s c 101"],
      ["s a 0", "s b 9", "s c 159"],
      ["same s a 0:0", "same s b 1:1 8", "same s c 2:2 50"],
    ],
    [
      ["s a 0", "s b 0"],
      ["s a 0", "s b 10"],
      ["same s a 0:0", "slower s b 1:1 10"],
    ],
    // Equal messages of different services are different.
    [["s a 0"], ["t a 0"], ["missing s a 0:", "new t a :0"]],
    [["s <b>x</b>\u202e 0"], ["s <b>x</b>\u202e 0"], ["same s <b>x</b>\u202e 0:0"]],
  ] as [string[], string[], string[]][]) {
    assert.deepEqual(shown(compare(records(...a), records(...b))), expect);
  }
});

test("records without a service are aligned", () => {
  const one: LogRecord = { id: "1", time: "2026-11-20T00:00:00Z", message: "a" };
  assert.deepEqual(shown(compare([one], [one])), ["same  a 1:1"]);
});

test("every record is in one row, in its order", () => {
  const letters = (text: string) => records(...[...text].map((letter, index) => `${letter} ${letter} ${index}`));
  const [a, b] = [letters("abcabbaabcddacbba"), letters("cbabacddabcaabbcd")];
  const rows = compare(a, b) ?? [];
  assert.deepEqual(
    rows.flatMap((row) => row.a ?? []),
    a,
  );
  assert.deepEqual(
    rows.flatMap((row) => row.b ?? []),
    b,
  );
});

test("the cost is bounded", () => {
  const many = (from: number) => records(...Array.from({ length: 3_000 }, (_, index) => `s${from + index} x ${index}`));
  assert.equal(compare(many(0), many(10_000)), undefined);
  assert.equal(compare(many(0), many(0))?.length, 3_000);
  assert.equal(compare(many(0), many(10), { ...BOUNDS, maxEdits: 19 }), undefined);
  assert.equal(compare(many(0), many(10), { ...BOUNDS, maxEdits: 20 })?.length, 3_010);
});
