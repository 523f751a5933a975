import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outline } from "../api/types.ts";
import type { Level } from "./level.ts";
import { densityPath, laneRows, marksPath, nearest, REST, troublePath } from "./timeline.ts";

type Bins = Outline["lanes"][number]["bins"];

function outline(worst: readonly (Level | null)[], more: Partial<Outline> = {}): Outline {
  const lanes = worst.map((worst_level, index) => ({
    name: `s${index}`,
    worst_level,
    bins: [[index, 1, worst_level]] as Bins,
  }));
  return { by: "service", lanes, other_lanes: null, ...more } as unknown as Outline;
}

test("all lanes are drawn where they fit; else those with the worst levels, in their order, and the rest as one", () => {
  for (const [worst, more, most, expect] of [
    [["INFO", "ERROR"], {}, 2, ["s0", "s1"]],
    [["INFO", "ERROR", "INFO"], {}, 2, ["s1", "+2 services"]],
    [["INFO", "WARNING", "CRITICAL", null], {}, 3, ["s1", "s2", "+2 services"]],
    [["INFO", "INFO", "INFO"], { by: "process" }, 2, ["s0", "+2 processes"]],
    [["INFO"], { other_lanes: { lanes: 1_200, bins: [[0, 9, "INFO"]] } }, 12, ["s0", "+1,200 services"]],
    [["INFO", "INFO"], { other_lanes: { lanes: 3, bins: [] } }, 2, ["s0", "+4 services"]],
  ] as const) {
    const rows = laneRows(outline(worst, more as unknown as Partial<Outline>), most);
    assert.deepEqual(
      rows.map(({ label }) => label),
      expect,
    );
  }
  const rest = laneRows(outline(["ERROR", "INFO", "WARNING"]), 2).at(-1);
  assert.equal(rest?.name, REST);
  assert.deepEqual(rest?.bins, [
    [1, 1, "INFO"],
    [2, 1, "WARNING"],
  ]);
  assert.equal(
    laneRows({ ...outline([]), lanes: [{ name: null, bins: [] }] } as unknown as Outline, 2)[0]?.label,
    "no service",
  );
});

test("each level is one path, the worst last", () => {
  const marks = (["ERROR", "INFO", "INFO", "CRITICAL", "DEBUG"] as const).map((level, x) => ({ x, y: 5, level }));
  const paths = marksPath(marks);
  assert.deepEqual(
    paths.map(([level]) => level),
    ["DEBUG", "INFO", "ERROR", "CRITICAL"],
  );
  assert.equal(paths[1]?.[1].split("M").length, 3);
  assert.deepEqual(marksPath([]), []);
});

const PLOT = { x: (us: number) => us, middle: (row: number) => 10 + 20 * row, height: 16, startUs: 0, binUs: 10 };

test("bars are as high as the logarithm of their records, and never thinner than can be seen", () => {
  assert.equal(densityPath([[0, 100, null]], 0, 100, PLOT), "M0.0 2.0h9.5v16.0h-9.5z");
  assert.match(densityPath([[3, 1, null]], 1, 100, PLOT), /^M30\.0 \S+h9\.5v5\.0/);
  assert.match(densityPath([[0, 1, null]], 0, 1, { ...PLOT, binUs: 0.1 }), /h1\.5v/);
});

test("bins with warnings and worse have a mark", () => {
  const bins: Bins = [
    [0, 1, "INFO"],
    [1, 5, "WARNING"],
    [2, 1, null],
    [3, 2, "ERROR"],
  ];
  const paths = troublePath([{ name: "a", label: "a", bins }], PLOT);
  assert.deepEqual(
    paths.map(([level]) => level),
    ["WARNING", "ERROR"],
  );
  assert.match(paths[1]?.[1] ?? "", /^M35\.0 10\.0/);
});

test("the nearest mark of the row is hit, if it is near", () => {
  const marks = [
    { x: 0, row: 0 },
    { x: 10, row: 0 },
    { x: 9, row: 1 },
  ];
  for (const [x, row, expect] of [
    [4, 0, marks[0]],
    [6, 0, marks[1]],
    [6, 1, marks[2]],
    [30, 0, undefined],
    [0, 2, undefined],
  ] as const) {
    assert.equal(nearest(marks, x, row), expect);
  }
});
