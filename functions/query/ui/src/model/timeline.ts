// What the timeline draws: lanes, and one SVG path for each level. Pure.
import type { Bin, Outline } from "../api/types.ts";
import { LEVELS, type Level, severity } from "./level.ts";

/** A record on the timeline. */
export type Mark = {
  readonly id: string;
  readonly us: number;
  readonly lane: string | null;
  readonly level: Level;
  readonly label: string;
};

export type LaneRow = { readonly name: string | null; readonly label: string; readonly bins: readonly Bin[] };

/** The name of the lane that stands for several. */
export const REST = "\u0000rest";

/** Returns the lanes to draw: all, or those with the worst levels first and one for the rest. */
export function laneRows(outline: Outline, most: number): LaneRow[] {
  const label = (name: string | null) => name ?? `no ${outline.by}`;
  const rows = outline.lanes.map(({ name, bins }) => ({ name, label: label(name), bins }));
  const hidden = outline.other_lanes;
  if (rows.length + (hidden ? 1 : 0) <= most)
    return hidden ? [...rows, rest([], hidden.lanes, outline.by, hidden.bins)] : rows;
  const kept = new Set(
    outline.lanes
      .map((lane, index) => ({ index, worst: severity(lane.worst_level ?? "NOTSET") }))
      .sort((a, b) => b.worst - a.worst || a.index - b.index)
      .slice(0, most - 1)
      .map(({ index }) => index),
  );
  const others = rows.filter((_, index) => !kept.has(index));
  const count = others.length + (hidden?.lanes ?? 0);
  return [...rows.filter((_, index) => kept.has(index)), rest(others, count, outline.by, hidden?.bins ?? [])];
}

function rest(others: readonly LaneRow[], count: number, by: Outline["by"], bins: readonly Bin[]): LaneRow {
  const all = new Map<number, Bin>();
  for (const bin of [...others.flatMap((lane) => lane.bins), ...bins]) {
    const known = all.get(bin[0]);
    all.set(bin[0], known ? [bin[0], known[1] + bin[1], worse(known[2], bin[2])] : bin);
  }
  const noun = by === "process" ? "processe" : by;
  return { name: REST, label: `+${count.toLocaleString("en")} ${noun}s`, bins: [...all.values()] };
}

function worse(a: Bin[2], b: Bin[2]): Bin[2] {
  return severity(a ?? "NOTSET") >= severity(b ?? "NOTSET") ? a : b;
}

type Placed = { readonly x: number; readonly y: number; readonly level: Level };

/** Returns a path for each level, the worst last so that nothing covers it. */
export function marksPath(marks: readonly Placed[], scale = 1): [Level, string][] {
  const parts = new Map<Level, string[]>();
  for (const { x, y, level } of marks) {
    const path = parts.get(level) ?? [];
    path.push(glyph(level, x, y, scale));
    parts.set(level, path);
  }
  return LEVELS.filter((level) => parts.has(level)).map((level) => [level, parts.get(level)?.join("") ?? ""]);
}

/** Marks on bins are smaller, since they stand close together. */
const SMALL = 0.55;

function glyph(level: Level, x: number, y: number, scale: number): string {
  const at = `M${x.toFixed(1)} ${y.toFixed(1)}`;
  const n = (length: number) => (length * scale).toFixed(1);
  switch (level) {
    case "WARNING":
      return `${at}m0 ${n(-5.5)}l${n(5.2)} ${n(9.4)}h${n(-10.4)}z`;
    case "ERROR":
      return `${at}m${n(-4.8)} ${n(-4.8)}h${n(9.6)}v${n(9.6)}h${n(-9.6)}z`;
    case "CRITICAL":
      return `${at}m0 ${n(-6.4)}l${n(6.4)} ${n(6.4)}l${n(-6.4)} ${n(6.4)}l${n(-6.4)} ${n(-6.4)}z`;
    default: {
      const radius = level === "INFO" ? 4 : 2.6;
      const arc = `a${n(radius)} ${n(radius)} 0 1 0`;
      return `${at}m${n(-radius)} 0${arc} ${n(2 * radius)} 0${arc} ${n(-2 * radius)} 0z`;
    }
  }
}

/** Where bins are drawn. */
export type Plot = {
  readonly x: (us: number) => number;
  readonly middle: (row: number) => number;
  readonly height: number;
  /** The start of the first bin and the length of each, in microseconds. */
  readonly startUs: number;
  readonly binUs: number;
};

/** Returns a path for a lane: a bar for each bin, as high as the logarithm of its records says. */
export function densityPath(bins: readonly Bin[], row: number, most: number, plot: Plot): string {
  return bins
    .map(([bin, count]) => {
      const tall = 3 + (plot.height - 3) * (Math.log1p(count) / Math.log1p(most));
      const [left, right] = [plot.x(plot.startUs + bin * plot.binUs), plot.x(plot.startUs + (bin + 1) * plot.binUs)];
      const wide = Math.max(1.5, right - left - 0.5).toFixed(1);
      return `M${left.toFixed(1)} ${(plot.middle(row) - tall / 2).toFixed(1)}h${wide}v${tall.toFixed(1)}h-${wide}z`;
    })
    .join("");
}

/** Returns a mark for each bin that holds a warning or worse, by level. */
export function troublePath(lanes: readonly LaneRow[], plot: Plot): [Level, string][] {
  const marks = lanes.flatMap((lane, row) =>
    lane.bins.flatMap(([bin, , worst]) => {
      if (worst === null || severity(worst) < severity("WARNING")) return [];
      return [{ x: plot.x(plot.startUs + (bin + 0.5) * plot.binUs), y: plot.middle(row), level: worst }];
    }),
  );
  return marksPath(marks, SMALL);
}

export type Box = { readonly x: number; readonly row: number };

/** The distance in pixels within which a mark counts as hit. */
const NEAR_PX = 12;

/** Returns the mark of a row that is nearest to a place. */
export function nearest<M extends Box>(marks: readonly M[], x: number, row: number): M | undefined {
  let best: M | undefined;
  for (const mark of marks) {
    if (mark.row !== row || Math.abs(mark.x - x) > NEAR_PX) continue;
    if (!best || Math.abs(mark.x - x) < Math.abs(best.x - x)) best = mark;
  }
  return best;
}
