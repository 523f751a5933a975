// The longest times without a record. Pure.
import type { Silence } from "../api/types.ts";
import { type LogRecord, service } from "./record.ts";
import { micros } from "./time.ts";

const MOST_SILENCES = 3;

/** Returns the longest silences between records, which may be in any order. The longest is the first. */
export function silencesOf(records: readonly LogRecord[]): Silence[] {
  const inTime = records.toSorted((a, b) => micros(a.time) - micros(b.time));
  const all: Silence[] = [];
  inTime.forEach((before, index) => {
    const after = inTime[index - 1];
    if (!after) return;
    const length = (micros(before.time) - micros(after.time)) / 1000;
    if (length <= 0) return;
    all.push({
      from: after.time,
      to: before.time,
      duration_ms: length,
      after: { id: after.id, service: service(after) },
      before: { id: before.id, service: service(before) },
    });
  });
  return all.sort((a, b) => b.duration_ms - a.duration_ms).slice(0, MOST_SILENCES);
}
