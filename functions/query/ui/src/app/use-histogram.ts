// Counts over time of what a search finds.
import { get, target } from "../api/client.ts";
import type { Histogram } from "../api/types.ts";
import { closer } from "../model/histogram.ts";
import { micros, rfc3339 } from "../model/time.ts";
import { changed } from "./location.ts";
import { useRequest } from "./request.ts";

/** From buckets of half an hour to those of a second, by way of those of half a minute. */
const MOST_TURNS = 3;

/**
 * Returns the counts for filters and times. Without a beginning, the API counts a day. That day then ends with the newest
 * record, and the buckets are as short as the records need.
 *
 * `newest` is the time of the newest record that the search found; `null` while that is not known.
 */
export function useHistogram(wanted: URLSearchParams, newest: string | undefined | null) {
  const isOpen = !wanted.has("from");
  const end = isOpen && !wanted.has("to") && newest ? { to: rfc3339(micros(newest) + 1) } : {};
  const key = isOpen && newest === null ? null : target("/histogram", changed(wanted, end));
  return useRequest(key, async (address, signal) => {
    let counts = await get<Histogram>(address, signal);
    for (let turn = 0; isOpen && turn < MOST_TURNS; turn++) {
      const times = closer(counts);
      if (!times) break;
      counts = await get<Histogram>(target("/histogram", changed(wanted, times)), signal);
    }
    return counts;
  });
}
