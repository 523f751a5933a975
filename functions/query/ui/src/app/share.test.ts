import assert from "node:assert/strict";
import { test } from "node:test";
import { micros } from "../model/time.ts";
import { instant, shareable } from "./share.ts";

const NOW = micros("2026-11-26T06:30:00.000000Z");

test("times of the API are instants", () => {
  for (const [text, expect] of [
    ["-15m", "2026-11-26T06:15:00Z"],
    ["-1h", "2026-11-26T05:30:00Z"],
    ["-7d", "2026-11-19T06:30:00Z"],
    ["now", "2026-11-26T06:30:00Z"],
    ["2026-11-20T09:50:25.165953Z", "2026-11-20T09:50:25.165953Z"],
  ] as const) {
    assert.equal(instant(text, NOW), micros(expect), text);
  }
  assert.equal(instant("yesterday", NOW), Number.NaN);
});

test("a link that is passed on has absolute times, and the zone by its name", () => {
  for (const [query, expect] of [
    ["", ""],
    ["q=x&zone=UTC&level=ERROR", "q=x&zone=UTC&level=ERROR"],
    ["zone=local", "zone=Asia/Kathmandu"],
    ["from=-1h", "from=2026-11-26T05:30:00.000000Z&to=2026-11-26T06:30:00.000000Z"],
    ["from=-1h&to=-30m", "from=2026-11-26T05:30:00.000000Z&to=2026-11-26T06:00:00.000000Z"],
    ["from=2026-11-20T09:50:25Z", "from=2026-11-20T09:50:25Z"],
    ["from=-nonsense", "from=-nonsense&to=2026-11-26T06:30:00.000000Z"],
  ] as const) {
    const shared = shareable(new URLSearchParams(query), NOW, "Asia/Kathmandu");
    assert.equal(decodeURIComponent(shared.toString()), expect, query);
  }
});
