// The counts beside a list: which times they cover where the reader named no beginning, and those of a list that is all there.
// Pure.
import type { Histogram, Values } from "../api/types.ts";
import { SHORTEST_MS, secondsFor } from "./histogram.ts";
import { level } from "./level.ts";
import type { LogRecord } from "./record.ts";
import { micros, rfc3339 } from "./time.ts";

/** What is counted of a list that goes on, from where the list begins. */
const DAY_US = 86_400e6;

export type Order = "newest" | "oldest";

export type Times = { readonly from: string; readonly to: string };

/**
 * Returns the times to count for the first page of a list that goes on: a day from where the list begins, or longer if the
 * page is. `undefined` for a page without records.
 */
export function timesBeside(records: readonly LogRecord[], order: Order): Times | undefined {
  const [begin, end] = [micros(records[0]?.time ?? ""), micros(records.at(-1)?.time ?? "")];
  if (Number.isNaN(begin) || Number.isNaN(end)) return undefined;
  const [from, last] =
    order === "newest" ? [Math.min(end, begin - DAY_US), begin] : [begin, Math.max(end, begin + DAY_US)];
  return { from: rfc3339(from), to: rfc3339(last + 1) };
}

/** Counts records over time, as the API does. */
export function histogramOf(records: readonly LogRecord[]): Histogram | undefined {
  const times = records.map(({ time }) => micros(time)).sort((a, b) => a - b);
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const seconds = secondsFor({ from: first, to: last });
  const bucketUs = seconds === undefined ? SHORTEST_MS * 1000 : seconds * 1e6;
  const counts = new Map<number, Record<string, number>>();
  for (const record of records) {
    const start = Math.floor(micros(record.time) / bucketUs) * bucketUs;
    const levels = counts.get(start) ?? {};
    const own = level(record);
    levels[own] = (levels[own] ?? 0) + 1;
    counts.set(start, levels);
  }
  const buckets = [...counts]
    .sort(([a], [b]) => a - b)
    .map(([start, levels]) => {
      const count = Object.values(levels).reduce((sum, one) => sum + one, 0);
      return { start: rfc3339(start), levels, count };
    });
  const [from, to] = [rfc3339(first), rfc3339(last + 1)];
  return { from, to, bucket_ms: bucketUs / 1000, buckets, next: null, cut: null };
}

/** Texts are counted by so many characters, here and by the API. */
export const COUNTED_CHARS = 200;

/** Counts the values of a field, commonest first, as the API does: each once for each record that has it. */
export function valuesOf(
  records: readonly LogRecord[],
  name: string,
  most: number,
): Pick<Values, "values" | "other" | "cut"> {
  const counts = new Map<string, number>();
  for (const record of records) {
    for (const value of new Set(valuesAt(record, name.split(".")))) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const all = [...counts].sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1));
  const other = all.slice(most).reduce((sum, [, records]) => sum + records, 0);
  const values = all.slice(0, most).map(([value, records]) => ({ value: JSON.parse(value), records }));
  return { values, other, cut: null };
}

/** Returns the values of a path as JSON. A name may have dots, and lists are looked into. */
function valuesAt(value: unknown, names: readonly string[]): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => valuesAt(one, names));
  if (names.length === 0) {
    const cut = typeof value === "string" ? [...value].slice(0, COUNTED_CHARS).join("") : value;
    return typeof cut === "object" || cut === undefined ? [] : [JSON.stringify(cut)];
  }
  if (typeof value !== "object" || value === null) return [];
  return names.flatMap((_, at) => {
    const name = names.slice(0, at + 1).join(".");
    return Object.hasOwn(value, name) ? valuesAt((value as Record<string, unknown>)[name], names.slice(at + 1)) : [];
  });
}
