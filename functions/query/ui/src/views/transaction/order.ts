// The loaded records by the clock that is shown, and their marks on the timeline. Pure.
import type { ViewState } from "../../app/view-state.ts";
import { headline } from "../../model/headline.ts";
import { level } from "../../model/level.ts";
import { laneOf } from "../../model/outline.ts";
import { arrived, type LogRecord, service } from "../../model/record.ts";
import { micros } from "../../model/time.ts";
import type { Mark } from "../../model/timeline.ts";

/** Up to so many records, each has a mark of its own on the timeline. */
const MOST_MARKS = 1_000;
const MOST_LABEL = 120;

/** A record's time by the clock that is shown, in microseconds. */
export function timeBy(clock: ViewState["clock"]): (record: LogRecord) => number {
  return (record) => micros((clock === "arrival" ? arrived(record) : undefined) ?? record.time);
}

/** The records in the order of the clock that is shown. */
export function inOrder(records: readonly LogRecord[], clock: ViewState["clock"]): readonly LogRecord[] {
  if (clock === "event") return records;
  const at = timeBy(clock);
  return [...records].sort((a, b) => at(a) - at(b));
}

/** The records' marks; `undefined` where there are too many for one each. */
export function marksOf(records: readonly LogRecord[], { clock, by }: ViewState): readonly Mark[] | undefined {
  if (records.length === 0 || records.length > MOST_MARKS) return undefined;
  const at = timeBy(clock);
  return records.map((record) => ({
    id: record.id,
    us: at(record),
    lane: laneOf(record, by),
    level: level(record),
    label: `${service(record) ?? ""} ${headline(record).slice(0, MOST_LABEL)}`,
  }));
}

/** The id of the record that is nearest to a time. */
export function nearestId(
  records: readonly LogRecord[],
  us: number,
  timeOf: (record: LogRecord) => number,
): string | undefined {
  let best: LogRecord | undefined;
  for (const record of records) {
    if (!best || Math.abs(timeOf(record) - us) < Math.abs(timeOf(best) - us)) best = record;
  }
  return best?.id;
}
