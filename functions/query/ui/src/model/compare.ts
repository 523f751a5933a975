// Two transactions side by side: which records of one are missing in the other, which are new, which came slower or faster.
import { diffArrays } from "diff";
import { template } from "./fold.ts";
import { type LogRecord, service } from "./record.ts";
import { micros } from "./time.ts";

/** A row: a record of `a`, of `b`, or of both. `deltaMs` is how much longer `b` took for it. */
export type Compared = {
  readonly kind: "same" | "missing" | "new" | "slower" | "faster";
  readonly service: string | null;
  readonly template: string;
  readonly a?: LogRecord;
  readonly b?: LogRecord;
  readonly deltaMs?: number;
};

/** How much an alignment may cost. */
export type Bounds = { readonly maxEdits: number; readonly maxTimeMs: number };

// What a record took is the time since the last record of its service that is in both transactions.

/** It counts as slower or faster if it is so many times as long or short, */
export const MIN_FACTOR = 2;
/** and longer or shorter by at least this. */
export const MIN_DELTA_MS = 10;
/** How many records may be missing and new together, and how long it may take. The cost grows with the square of the first. */
export const BOUNDS: Bounds = { maxEdits: 4_000, maxTimeMs: 2_000 };

/** Aligns two transactions by service and template; `undefined` if they differ too much for that. */
export function compare(a: readonly LogRecord[], b: readonly LogRecord[], bounds = BOUNDS): Compared[] | undefined {
  const names = new Map<string, number>();
  const [before, after] = [entries(a, names), entries(b, names)];
  const changes = diffArrays(
    before.map((entry) => entry.name),
    after.map((entry) => entry.name),
    { maxEditLength: bounds.maxEdits, timeout: bounds.maxTimeMs },
  );
  if (!changes) return undefined;
  const rows: Compared[] = [];
  const last = new Map<string | null, Pair>();
  let [atA, atB] = [0, 0];
  for (const { count, added: isNew, removed: isMissing } of changes) {
    for (let index = 0; index < count; index++) {
      const [one, other] = [isNew ? undefined : before[atA++], isMissing ? undefined : after[atB++]];
      if (one && other) {
        const pair = { a: one, b: other };
        rows.push(both(pair, last.get(one.service)));
        last.set(one.service, pair);
      } else if (one) {
        rows.push({ kind: "missing", service: one.service, template: one.template, a: one.record });
      } else if (other) {
        rows.push({ kind: "new", service: other.service, template: other.template, b: other.record });
      }
    }
  }
  return rows;
}

/** A record with what the alignment needs. Equal services and templates have equal names. */
type Entry = {
  readonly name: number;
  readonly service: string | null;
  readonly template: string;
  readonly record: LogRecord;
};
type Pair = { readonly a: Entry; readonly b: Entry };

function entries(records: readonly LogRecord[], names: Map<string, number>): Entry[] {
  return records.map((record) => {
    const sort = { service: service(record), template: template(record) };
    const key = JSON.stringify([sort.service, sort.template]);
    const name = names.get(key) ?? names.size;
    names.set(key, name);
    return { name, ...sort, record };
  });
}

function both({ a, b }: Pair, last: Pair | undefined): Compared {
  const row = { service: b.service, template: b.template, a: a.record, b: b.record };
  if (!last) return { kind: "same", ...row };
  const [tookA, tookB] = [gapMs(last.a, a), gapMs(last.b, b)];
  const deltaMs = tookB - tookA;
  const isGreat = Math.abs(deltaMs) >= MIN_DELTA_MS;
  if (isGreat && tookB >= tookA * MIN_FACTOR) return { kind: "slower", ...row, deltaMs };
  if (isGreat && tookA >= tookB * MIN_FACTOR) return { kind: "faster", ...row, deltaMs };
  return { kind: "same", ...row, deltaMs };
}

function gapMs(from: Entry, to: Entry): number {
  return (micros(to.record.time) - micros(from.record.time)) / 1_000;
}
