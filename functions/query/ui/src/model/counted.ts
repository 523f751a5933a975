// Which times the counts beside a list cover, where the reader named no beginning. Pure.
import type { LogRecord } from "./record.ts";
import { micros, rfc3339 } from "./time.ts";

/** What is counted of a list that goes on, from where the list begins. */
const DAY_US = 86_400e6;

export type Order = "newest" | "oldest";

export type Counted = {
  readonly from: string;
  readonly to: string;
  /** Whether that is all that the search finds. */
  readonly isAll: boolean;
};

/**
 * Returns the times for the first page of a list: those of its records if there are no others; otherwise a day from where
 * the list begins, or longer if the page is. `undefined` for a page without records.
 */
export function counted(records: readonly LogRecord[], order: Order, isAll: boolean): Counted | undefined {
  const [begin, end] = [micros(records[0]?.time ?? ""), micros(records.at(-1)?.time ?? "")];
  if (Number.isNaN(begin) || Number.isNaN(end)) return undefined;
  const further = isAll ? 0 : DAY_US;
  const [from, last] =
    order === "newest" ? [Math.min(end, begin - further), begin] : [begin, Math.max(end, begin + further)];
  return { from: rfc3339(from), to: rfc3339(last + 1), isAll };
}
