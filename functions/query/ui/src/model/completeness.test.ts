import assert from "node:assert/strict";
import { test } from "node:test";
import type { Completeness } from "../api/types.ts";
import { daysLookedAt, filedUntil, readWhole, warnings } from "./completeness.ts";
import { micros } from "./time.ts";

const shard = (arrived: string, filed_at: string | null) => ({
  stream: "x",
  shard: "s",
  arrived: `2026-11-20T${arrived}Z`,
  filed_at: filed_at === null ? null : `2026-11-20T${filed_at}Z`,
});
const at = (time: string) => micros(`2026-11-20T${time}Z`);

test("filed until is the newest arrival, or the oldest of those that are behind", () => {
  for (const [shards, expect] of [
    [[], undefined],
    [[shard("09:50:00", "09:50:02"), shard("09:55:00", "09:55:01")], at("09:55:00")],
    [[shard("09:50:00", "09:52:00"), shard("09:55:00", "09:55:01")], at("09:50:00")],
    [[shard("09:50:00", null)], at("09:50:00")],
  ] as const) {
    assert.equal(filedUntil(shards), expect);
  }
});

test("the days that were looked at", () => {
  for (const [days, expect] of [
    [{ count: 0, first: null, last: null }, "no days"],
    [{ count: 1, first: "2026-11-20", last: "2026-11-20" }, "1 day, 2026-11-20"],
    [{ count: 14, first: "2026-11-07", last: "2026-11-20" }, "14 days, 2026-11-07 to 2026-11-20"],
  ] as const) {
    assert.equal(daysLookedAt(days), expect);
  }
});

test("days that were read whole are counted, as far as that is known", () => {
  const read = (days: string) =>
    `${days} whole, as no sketches said where to look. “logbraid reindex” makes missing ones.`;
  for (const [scanned, isBefore, expect] of [
    [[], false, undefined],
    [[undefined], false, undefined],
    [[0], false, undefined],
    [[1], false, read("The search read 1 day")],
    [[3], true, read("The search before read 3 days")],
    [[2, 3, undefined], false, read("The search read 3 days or more")],
  ] as const) {
    const answers = scanned.map((days) => (days === undefined ? {} : { searched: { sketches: 1, scanned: days } }));
    assert.equal(readWhole(answers, isBefore), expect);
  }
});

test("only what is known is said to be missing", () => {
  const whole: Completeness = {
    days: { count: 1, first: "2026-11-20", last: "2026-11-20" },
    quarantined: 0,
    failed_batches: null,
    filed_until: [],
    silent_shards: 0,
    doubts: ["failed_batches_unknown"],
  };
  const behind = shard("09:50:00", "09:52:00");
  for (const [more, expect] of [
    [{}, []],
    [{ quarantined: 1 }, [/^1 payload on these streams was set aside around this time; some may belong here\.$/]],
    [{ quarantined: 4 }, [/^4 payloads on these streams were set aside/]],
    [{ failed_batches: 0 }, []],
    [{ days: null, quarantined: null, silent_shards: null, doubts: ["not_for_tenants"] }, []],
    [{ failed_batches: 2 }, [/^2 batches that Lambda gave up may hold more records\./]],
    [
      { filed_until: [behind] },
      [/^1 shard has filed nothing that arrived later than 10 min ago; more records may follow\.$/],
    ],
    [
      { doubts: ["parallel_functions", "secondary_reads"] },
      [/^Several functions/, /^The records were read from a MongoDB/],
    ],
  ] as readonly [more: Partial<Completeness>, expect: RegExp[]][]) {
    const said = warnings({ ...whole, ...more }, at("09:55:00"), at("10:00:00"), "UTC");
    assert.equal(said.length, expect.length, said.join());
    for (const [index, sentence] of said.entries()) assert.match(sentence, expect[index] ?? /never/);
  }
  // What arrived after the transaction ended has no part in it.
  assert.deepEqual(warnings({ ...whole, filed_until: [behind] }, at("09:40:00"), at("10:00:00"), "UTC"), []);
});
