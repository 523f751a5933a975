// Counts over time of what a search finds.
import { get, target } from "../api/client.ts";
import type { Histogram } from "../api/types.ts";
import { bucketFor, closer } from "../model/histogram.ts";
import { micros, rfc3339 } from "../model/time.ts";
import { changed } from "./location.ts";
import { useRequest } from "./request.ts";
import { instant } from "./share.ts";

/** From buckets of five minutes to those of a second. */
const MOST_TURNS = 3;
const DAY_US = 86_400e6;

/**
 * Returns the counts for filters and times. Without a beginning, the API counts a day. That day then ends with the newest
 * record, and the buckets are as short as the records need.
 *
 * `newest` is the time of the newest record that the search found; `null` while that is not known,
 * and while the counts can wait.
 */
export function useHistogram(wanted: URLSearchParams, newest: string | undefined | null) {
  const isOpen = !wanted.has("from");
  const end = isOpen && !wanted.has("to") && newest ? { to: rfc3339(micros(newest) + 1) } : {};
  const key = newest === null ? null : target("/histogram", changed(wanted, { ...end, bucket: bucket(wanted) }));
  return useRequest(key, async (address, signal) => {
    let counts = await get<Histogram>(address, signal);
    for (let turn = 0; isOpen && turn < MOST_TURNS; turn++) {
      const range = closer(counts);
      if (!range) break;
      const times = { from: rfc3339(range.from), to: rfc3339(range.to), bucket: bucketFor(range) ?? null };
      counts = await get<Histogram>(target("/histogram", changed(wanted, times)), signal);
    }
    return counts;
  });
}

/** The length of a bucket for the times of a query; `null` where the API has to choose. */
function bucket(wanted: URLSearchParams): string | null {
  const now = Date.now() * 1000;
  const [from, to] = [wanted.get("from"), wanted.get("to")];
  const start = from === null ? 0 : instant(from, now);
  const end = from === null ? DAY_US : to === null ? now : instant(to, now);
  return bucketFor({ from: start, to: end }) ?? null;
}
