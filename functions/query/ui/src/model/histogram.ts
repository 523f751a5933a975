// The range of a histogram that nobody named: as long as its records need it. Pure.
import type { Histogram } from "../api/types.ts";
import { micros, rfc3339 } from "./time.ts";

/** The lengths of buckets, in seconds. */
const LENGTHS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400, 604_800];
/** So many buckets are asked for at most: bars of a few pixels. */
const MOST = 300;
/** Records that fill less than this of the time that was asked for show no course of things. */
const SHARE = 0.4;
/** So many buckets are drawn at least. */
const ROOM = 30;
/** The API has no shorter buckets. */
export const SHORTEST_MS = 1_000;

/** A range of time in microseconds. */
export type Range = { readonly from: number; readonly to: number };

/** Returns the length of a bucket for a range, in seconds; `undefined` for a range that is empty or too long. */
export function secondsFor({ from, to }: Range): number | undefined {
  return to > from ? LENGTHS.find((length) => (to - from) / 1e6 / length <= MOST) : undefined;
}

/** Returns the length of a bucket for a range, as the API writes it; `undefined` where the API has to choose. */
export function bucketFor(range: Range): string | undefined {
  const seconds = secondsFor(range);
  return seconds === undefined ? undefined : `${seconds}s`;
}

/** The range of the buckets that have records; `undefined` where there are none. */
function filled({ buckets, bucket_ms }: Histogram): Range | undefined {
  const [first, last] = [buckets[0], buckets.at(-1)];
  return first && last && { from: micros(first.start), to: micros(last.start) + bucket_ms * 1000 };
}

/**
 * Returns the times to ask for again, with shorter buckets, where all records are in a few buckets. `undefined` where the
 * buckets are good as they are.
 */
export function closer(histogram: Histogram): Range | undefined {
  const range = filled(histogram);
  if (!range || histogram.cut || histogram.bucket_ms <= SHORTEST_MS) return undefined;
  const asked = micros(histogram.to) - micros(histogram.from);
  return range.to - range.from >= SHARE * asked ? undefined : range;
}

/**
 * The range to draw. Buckets are drawn whole, though the first and the last may reach beyond the times that were asked
 * for. Where the reader named no beginning, empty time before the first record is left out, but a bar keeps room around.
 */
export function drawn(histogram: Histogram, isOpen: boolean): Range {
  const asked = { from: micros(histogram.from), to: micros(histogram.to) };
  const own = filled(histogram) ?? asked;
  if (!isOpen) return { from: Math.min(asked.from, own.from), to: Math.max(asked.to, own.to) };
  const bucketUs = histogram.bucket_ms * 1000;
  const missing = Math.max(0, ROOM - Math.round((own.to - own.from) / bucketUs));
  const before = Math.floor(missing / 2);
  return { from: own.from - before * bucketUs, to: own.to + (missing - before) * bucketUs };
}

/** Returns the range that is `factor` times as long, around a time. */
export function scaled({ from, to }: Range, factor: number, middle: number): { from: string; to: string } {
  const half = Math.max(1, ((to - from) * factor) / 2);
  const at = Math.min(Math.max(middle, from), to);
  return { from: rfc3339(Math.floor(at - half)), to: rfc3339(Math.ceil(at + half)) };
}
