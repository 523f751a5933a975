// The counts beside a list: over time, and of values.

import { useMemo } from "preact/hooks";
import type { Histogram, Records } from "../api/types.ts";
import { histogramOf, type Order, type Times, timesBeside } from "../model/counted.ts";
import type { LogRecord } from "../model/record.ts";
import { useLastKnown } from "./last-known.ts";
import { changed } from "./location.ts";
import type { Request } from "./request.ts";
import { useHistogram } from "./use-histogram.ts";

/** What is counted: records that are all there, or those that the API finds. `undefined` while that is not known. */
export type Source = { readonly records: readonly LogRecord[] } | { readonly wanted: URLSearchParams } | undefined;

export type Counts = {
  readonly histogram: Histogram | undefined;
  /** Whether the histogram is that of an earlier search. */
  readonly isStale: boolean;
  readonly source: Source;
  /** The times that are counted, if these are a part of what the search finds. */
  readonly part: Times | undefined;
};

const NOTHING: readonly LogRecord[] = [];

/**
 * Counts what a search finds: here, once its list is there to the end; otherwise by the API. That costs the server more than
 * finding the newest records with some words, so these come first. Without a beginning, they also say what to count.
 */
export function useCounts(
  wanted: URLSearchParams,
  order: Order,
  first: Request<Records>,
  list: readonly LogRecord[],
  isListed: boolean,
): Counts {
  const page = first.isStale ? undefined : first.value;
  const isRefused = first.problem !== undefined && !first.problem.isPassing;
  const isAll = isRefused || (page !== undefined && isListed);
  const records = isRefused ? NOTHING : list;
  const isOpen = !wanted.has("from");
  const part = page && isOpen && !isAll ? timesBeside(page.records, order) : undefined;
  const isReady = !isOpen && (page !== undefined || first.problem !== undefined || !wanted.has("q"));
  const times = part ?? (isReady ? {} : undefined);
  // Of times that the reader named, the API also counts those without a record.
  const isOwn = isAll && (isOpen || isRefused);
  const asked = useHistogram(wanted, isOwn ? undefined : times);
  const own = useMemo(() => (isOwn ? histogramOf(records) : undefined), [isOwn, records]);
  const isKnown = isOwn || !asked.isStale;
  return {
    histogram: useLastKnown(isOwn ? own : asked.value, isKnown),
    isStale: !isKnown,
    source: isAll ? { records } : page && times && { wanted: changed(wanted, times) },
    part,
  };
}
