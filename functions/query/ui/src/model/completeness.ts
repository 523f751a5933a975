// What may be missing from a transaction, in sentences. Only causes that are known are named.
import type { Completeness, Searched, Shard } from "../api/types.ts";
import { ago, micros, type Zone } from "./time.ts";
import { plural } from "./words.ts";

/** A shard was behind if it filed a record so much later than the record arrived: one minute, as in the command line. */
const BEHIND_US = 60e6;

/** A shard that was behind when it filed last; an idle one was not. */
function isBehind(shard: Shard): boolean {
  return shard.filed_at !== null && micros(shard.filed_at) - micros(shard.arrived) > BEHIND_US;
}

/** Returns up to which arrival everything is filed, as the shards say: the newest arrival of any shard. */
export function filedUntil(shards: readonly Shard[]): number | undefined {
  const behind = shards.filter(isBehind).map((shard) => micros(shard.arrived));
  if (behind.length > 0) return Math.min(...behind);
  return shards.length === 0 ? undefined : Math.max(...shards.map((shard) => micros(shard.arrived)));
}

/** Returns the days that were looked at: `1 day`, `14 days, 2026-11-07 to 2026-11-20`. */
export function daysLookedAt(days: NonNullable<Completeness["days"]>): string {
  if (days.count === 1) return `1 day, ${days.first}`;
  return days.count === 0 ? "no days" : `${days.count} days, ${days.first} to ${days.last}`;
}

/** What an answer says of how it was searched for. */
export type Answer = { readonly searched?: Searched };

/** Says that a search read whole days, where its answers say so; `undefined` where they do not. */
export function readWhole(answers: readonly Answer[], isBefore = false): string | undefined {
  const most = Math.max(0, ...answers.map(({ searched }) => searched?.scanned ?? 0));
  if (most === 0) return undefined;
  // Two answers may have read the same day.
  const days = plural(most, "day") + (answers.length > 1 ? " or more" : "");
  const search = isBefore ? "The search before" : "The search";
  return `${search} read ${days} whole, as no sketches said where to look. “logbraid reindex” makes missing ones.`;
}

/** Returns what may be missing, a sentence each; an empty list where nothing is known to be. */
export function warnings(known: Completeness, endedUs: number, nowUs: number, zone: Zone): string[] {
  const said: string[] = [];
  if (known.quarantined) {
    const payloads = known.quarantined === 1 ? "1 payload" : `${known.quarantined} payloads`;
    said.push(
      `${payloads} on these streams ${known.quarantined === 1 ? "was" : "were"} set aside around this time; some may belong here.`,
    );
  }
  if (known.failed_batches) {
    const batches =
      known.failed_batches === 1
        ? "1 batch that Lambda gave up may"
        : `${known.failed_batches} batches that Lambda gave up may`;
    said.push(`${batches} hold more records. “logbraid redrive --bucket” brings them back.`);
  }
  const behind = known.filed_until.filter((shard) => isBehind(shard) && micros(shard.arrived) <= endedUs);
  if (behind.length > 0) {
    const oldest = Math.min(...behind.map((shard) => micros(shard.arrived)));
    const shards = behind.length === 1 ? "1 shard has" : `${behind.length} shards have`;
    said.push(`${shards} filed nothing that arrived later than ${ago(oldest, nowUs, zone)}; more records may follow.`);
  }
  if (known.doubts.includes("parallel_functions")) {
    said.push("Several functions file a shard at the same time; an earlier batch may hold more records.");
  }
  if (known.doubts.includes("secondary_reads")) {
    said.push("The records were read from a MongoDB server that may be behind the primary.");
  }
  return said;
}
