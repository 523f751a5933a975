import assert from "node:assert/strict";
import { test } from "node:test";
import { ago, dateTime, day, duration, isZone, micros, offset, rfc3339, ticks, timeOfDay, timesText } from "./time.ts";

const T = micros("2026-11-20T09:50:25.165953Z");

test("times are exact to the microsecond, and are written as they were read", () => {
  for (const [text, expect] of [
    ["1970-01-01T00:00:00.000001Z", 1],
    ["1970-01-01T00:00:01Z", 1_000_000],
    ["1970-01-01T00:00:01.5Z", 1_500_000],
    ["1970-01-01T00:00:00.123456789Z", 123_456],
    ["1969-12-31T23:59:59.999999Z", -1],
    ["1970-01-01T02:00:00+02:00", 0],
    ["2026-11-20T09:50:25.165953Z", 1_795_168_225_165_953],
  ] as const) {
    assert.equal(micros(text), expect, text);
  }
  assert.equal(micros("yesterday"), Number.NaN);
  for (const text of ["2026-11-20T09:50:25.165953Z", "1969-12-31T23:59:59.999999Z", "2254-12-31T23:59:59.999999Z"]) {
    assert.equal(rfc3339(micros(text)), text);
  }
});

test("times are shown in the zone", () => {
  assert.equal(dateTime(T, "UTC"), "2026-11-20 09:50:25");
  assert.equal(dateTime(T, "Asia/Tehran"), "2026-11-20 13:20:25");
  assert.equal(day(micros("2026-11-20T23:00:00Z"), "Asia/Tokyo"), "2026-11-21");
  for (const [digits, expect] of [
    [0, "09:50:25"],
    [1, "09:50:25.1"],
    [3, "09:50:25.165"],
    [6, "09:50:25.165953"],
  ] as const) {
    assert.equal(timeOfDay(T, "UTC", digits), expect);
  }
  assert.ok(isZone("UTC") && isZone("local") && isZone("Europe/Berlin"));
  assert.ok(!isZone("Nowhere/Land"));
});

test("durations have three digits that count, or two units", () => {
  for (const [us, expect] of [
    [0, "0 ms"],
    [1, "1 µs"],
    [999, "999 µs"],
    [97_253, "97.3 ms"],
    [1_500, "1.5 ms"],
    [-2_000, "−2 ms"],
    [999_999, "1 s"],
    [1_200_000, "1.2 s"],
    [31_200_000, "31.2 s"],
    [60_000_000, "1 min"],
    [125_900_000, "2 min 5 s"],
    [7_200_000_000, "2 h"],
    [90_000_000_000, "1 d 1 h"],
  ] as const) {
    assert.equal(duration(us), expect);
  }
});

test("distances from the start have the unit of the whole", () => {
  for (const [us, whole, expect] of [
    [35_400, 97_300, "+35.4 ms"],
    [-1_000, 97_300, "−1.0 ms"],
    [35_400, 20e6, "+0.035 s"],
    [3_725e6, 7_200e6, "+01:02:05"],
  ] as const) {
    assert.equal(offset(us, whole), expect);
  }
});

test("it is said how long ago something was", () => {
  for (const [later, expect] of [
    [0, "0 s ago"],
    [2_900_000, "2 s ago"],
    [-5_000_000, "0 s ago"],
    [3_600e6, "1 h ago"],
    [86_400e6, "2026-11-20 09:50:25"],
  ] as const) {
    assert.equal(ago(T, T + later, "UTC"), expect);
  }
});

test("an axis has round numbers, and no more than fit", () => {
  for (const [length, most, expect] of [
    [0, 5, [0]],
    [100_000, 10, [0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000, 70_000, 80_000, 90_000, 100_000]],
    [97_300, 4, [0, 50_000]],
    [90e6, 4, [0, 30e6, 60e6, 90e6]],
  ] as const) {
    assert.deepEqual(ticks(length, most), expect);
  }
  for (const length of [1, 999, 1e5, 3.7e6, 5e9, 8.64e10, 1e14])
    assert.ok(ticks(length, 6).length <= 7, String(length));
});

test("times that limit a view are said in the zone, the day once", () => {
  for (const [from, to, expect] of [
    [null, null, undefined],
    ["-1h", null, "since -1h"],
    [null, "2026-11-20T09:50:25.165953Z", "until 2026-11-20 13:20:25.165"],
    ["2026-11-20T09:50:25.165953Z", "2026-11-20T09:51:00Z", "2026-11-20 13:20:25.165 – 13:21:00.000"],
    ["2026-11-20T09:50:25Z", "2026-11-21T09:50:25Z", "2026-11-20 13:20:25.000 – 2026-11-21 13:20:25.000"],
  ] as const) {
    assert.equal(timesText(from, to, "Asia/Tehran"), expect);
  }
});
