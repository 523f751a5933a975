// Counts over time of what a search finds.
import { get, target } from "../api/client.ts";
import type { Histogram } from "../api/types.ts";
import { bucketFor, closer } from "../model/histogram.ts";
import { rfc3339 } from "../model/time.ts";
import { changed } from "./location.ts";
import { type Request, useRequest } from "./request.ts";
import { instant } from "./share.ts";

/** From buckets of five minutes to those of a second. */
const MOST_TURNS = 3;

/**
 * Returns the counts for filters and times. Where the reader named no beginning, the buckets are as short as the records
 * need.
 *
 * `times` are those to count where the reader named no beginning; `undefined` while they are not known, and while the
 * counts can wait.
 */
export function useHistogram(
  wanted: URLSearchParams,
  times: { readonly from?: string; readonly to?: string } | undefined,
): Request<Histogram> {
  const isOpen = !wanted.has("from");
  const asked = changed(wanted, times ?? {});
  const key = times && target("/histogram", changed(asked, { bucket: bucket(asked) }));
  return useRequest(key ?? null, async (address, signal) => {
    let counts = await get<Histogram>(address, signal);
    for (let turn = 0; isOpen && turn < MOST_TURNS; turn++) {
      const range = closer(counts);
      if (!range) break;
      const nearer = { from: rfc3339(range.from), to: rfc3339(range.to), bucket: bucketFor(range) ?? null };
      counts = await get<Histogram>(target("/histogram", changed(wanted, nearer)), signal);
    }
    return counts;
  });
}

/** The length of a bucket for the times of a query; `null` where the API has to choose. */
function bucket(wanted: URLSearchParams): string | null {
  const now = Date.now() * 1000;
  const [from, to] = [wanted.get("from") ?? "", wanted.get("to") ?? "now"];
  return bucketFor({ from: instant(from, now), to: instant(to, now) }) ?? null;
}
