// The keys of a list that holds records of several transactions, such as the search and the tail: to the next record, error,
// warning, silence, or record of the same service. "Next" is further down the list.
import { type Level, level, severity } from "../model/level.ts";
import { type LogRecord, service, text } from "../model/record.ts";
import { silencesOf } from "../model/silences.ts";
import { say } from "../parts/clipboard.ts";
import type { Actions } from "./keys.ts";
import { address, go } from "./location.ts";
import { narrow } from "./narrow.ts";
import { COMPARE } from "./paths.ts";

/** Down the list or up. */
type Way = 1 | -1;
type Wanted = (record: LogRecord) => boolean;

export type Place = {
  readonly records: readonly LogRecord[];
  /** The id of the open record. */
  readonly selected: string | undefined;
  /** Where the newest records are: the reader begins there, and the list grows at its end. */
  readonly newest: "top" | "end";
  readonly open: (record: LogRecord) => void;
  /** Looks for a record of a level or above beyond the end of the list. */
  readonly further?: (least: Level) => Promise<LogRecord | undefined>;
};

/** Returns the nearest wanted record in a direction. */
export function nearest({ records, selected, newest }: Place, way: Way, isWanted: Wanted): LogRecord | undefined {
  if (selected === undefined && newest === "end") return records.findLast(isWanted);
  const known = records.findIndex(({ id }) => id === selected);
  // An open record that is not in the list is beyond the end of a search, or has left the top of a tail.
  const isBeyond = selected !== undefined && known === -1 && newest === "top";
  const at = isBeyond ? records.length : known;
  if (way === 1) return records.slice(at + 1).find(isWanted);
  return (selected === undefined ? records : records.slice(0, Math.max(0, at))).findLast(isWanted);
}

/** Returns what the keys do. */
export function listKeys(place: Place): Actions {
  const { records, selected, open, further } = place;
  const own = records.find(({ id }) => id === selected);
  const step = (way: Way) => {
    const found = nearest(place, way, () => true);
    if (found) open(found);
  };
  const jump = (found: LogRecord | undefined, what: string, way: Way) => {
    if (found) open(found);
    else say(way === 1 ? `No ${what} further down` : `No ${what} further up`);
  };
  const byLevel = async (least: Level, way: Way) => {
    const near = nearest(place, way, (record) => severity(level(record)) >= severity(least));
    jump(near ?? (way === 1 ? await further?.(least) : undefined), least, way);
  };
  const bySilence = (way: Way) => {
    const ends = new Set(silencesOf(records).map(({ before }) => before.id));
    const found = nearest(place, way, ({ id }) => ends.has(id));
    jump(found, "silence", way);
  };
  const sameService = (way: Way) => {
    if (!own) return;
    const name = service(own);
    const found = nearest(place, way, (record) => service(record) === name);
    jump(found, "record of this service", way);
  };
  const uid = own && text(own, "log_uid");
  return {
    j: () => step(1),
    k: () => step(-1),
    Enter: () => selected === undefined && step(1),
    e: () => void byLevel("ERROR", 1),
    E: () => void byLevel("ERROR", -1),
    w: () => void byLevel("WARNING", 1),
    W: () => void byLevel("WARNING", -1),
    s: () => bySilence(1),
    S: () => bySilence(-1),
    "]": () => sameService(1),
    "[": () => sameService(-1),
    x: () => own && narrow("service", service(own), "not"),
    c: uid === undefined ? undefined : () => go(address(COMPARE, new URLSearchParams({ a: uid }))),
  };
}
