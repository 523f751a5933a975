// The outline of records that are all at hand: for the exported file, which has no API to ask.
import type { Bin, Completeness, Lane, Levels, Outline } from "../api/types.ts";
import { headline } from "./headline.ts";
import { type Level, level, severity } from "./level.ts";
import { arrived, type LogRecord, service, text } from "./record.ts";
import { silencesOf } from "./silences.ts";
import { micros } from "./time.ts";

type By = Outline["by"];

/** Returns the outline of records in time order; `undefined` without records. */
export function outlineOf(
  uid: string,
  records: readonly LogRecord[],
  by: By,
  bins: number,
  completeness: Completeness,
): Outline | undefined {
  const [first, last] = [records[0], records.at(-1)];
  if (!first || !last) return undefined;
  const started = micros(first.time);
  const length = micros(last.time) - started;
  const binUs = Math.floor(length / bins) + 1;
  const error = records.find((record) => severity(level(record)) >= severity("ERROR"));
  const names = new Map<string, number>();
  for (const record of records) {
    const name = outlineName(service(record));
    if (name !== null) names.set(name, (names.get(name) ?? 0) + 1);
  }
  return {
    log_uid: uid,
    started: first.time,
    ended: last.time,
    duration_ms: length / 1000,
    record_count: records.length,
    levels: levelsOf(records),
    worst_level: worst(records),
    services: [...names].map(([name, count]) => ({ name, records: count })),
    by,
    bins,
    bin_us: binUs,
    lanes: lanes(records, by, started, binUs),
    other_lanes: null,
    first_error: error
      ? { id: error.id, time: error.time, service: service(error), message: headline(error).slice(0, 300) }
      : null,
    silences: silencesOf(records),
    also_known_as: [],
    also_known_as_over: false,
    followed: null,
    completeness,
    cut: null,
  };
}

/** The API names a service or a host by so many characters. */
const NAME_CHARS = 200;

/** Returns a name as outlines have it. */
export function outlineName(name: string | null): string | null {
  // Most names are short, and a character has one or two code units.
  return name === null || name.length <= NAME_CHARS ? name : Array.from(name).slice(0, NAME_CHARS).join("");
}

/** The lane that a record belongs to. */
export function laneOf(record: LogRecord, by: By): string | null {
  const host = outlineName(text(record, "fqdn") ?? null);
  if (by === "service") return outlineName(service(record));
  if (by === "host") return host;
  const process = record.process;
  if (typeof process !== "number" && typeof process !== "string") return host;
  return host === null ? String(process) : `${host}:${process}`;
}

function lanes(records: readonly LogRecord[], by: By, started: number, binUs: number): Lane[] {
  const groups = new Map<string | null, LogRecord[]>();
  for (const record of records) {
    const name = laneOf(record, by);
    const group = groups.get(name);
    if (group) group.push(record);
    else groups.set(name, [record]);
  }
  return [...groups].map(([name, own]) => ({
    name,
    records: own.length,
    levels: levelsOf(own),
    worst_level: worst(own),
    first: own[0]?.time ?? "",
    last: own.at(-1)?.time ?? "",
    bins: binsOf(own, started, binUs),
    delay_ms: delays(own),
  }));
}

function binsOf(records: readonly LogRecord[], started: number, binUs: number): Bin[] {
  const bins = new Map<number, [number, Level]>();
  for (const record of records) {
    const bin = Math.floor((micros(record.time) - started) / binUs);
    const [count, worstSoFar] = bins.get(bin) ?? [0, "NOTSET" as Level];
    const own = level(record);
    bins.set(bin, [count + 1, severity(own) > severity(worstSoFar) ? own : worstSoFar]);
  }
  return [...bins].map(([bin, [count, level]]) => [bin, count, known(level)]);
}

function levelsOf(records: readonly LogRecord[]): Levels {
  const counts: { [name in Level]?: number } = {};
  for (const record of records) counts[level(record)] = (counts[level(record)] ?? 0) + 1;
  return counts;
}

function worst(records: readonly LogRecord[]): Lane["worst_level"] {
  return known(records.map(level).reduce((a, b) => (severity(b) > severity(a) ? b : a), "NOTSET"));
}

/** A level as the API writes it: null for none. */
function known(level: Level): Lane["worst_level"] {
  return level === "NOTSET" ? null : level;
}

function delays(records: readonly LogRecord[]): Lane["delay_ms"] {
  const all = records
    .flatMap((record) => {
      const arrival = arrived(record);
      return arrival === undefined ? [] : [(micros(arrival) - micros(record.time)) / 1000];
    })
    .sort((a, b) => a - b);
  const [min, median, max] = [all[0], all[Math.floor(all.length / 2)], all.at(-1)];
  return min === undefined || median === undefined || max === undefined ? null : { min, median, max };
}
