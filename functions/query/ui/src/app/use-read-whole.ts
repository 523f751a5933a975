// Whether a search that sketches could answer had to read whole days.
import { type Answer, readWhole } from "../model/completeness.ts";
import { isScan } from "./filters.ts";
import { useLastKnown } from "./last-known.ts";

/** Returns a sentence on the days that the answers so far needed whole; on those of the search before, while that is stale. */
export function useReadWhole(query: URLSearchParams, pages: readonly Answer[], isStale: boolean): string | undefined {
  const answers = useLastKnown(isScan(query) ? [] : pages, !isStale) ?? [];
  return readWhole(answers, isStale);
}
