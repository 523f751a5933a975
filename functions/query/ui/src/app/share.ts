// The link that a reader passes on: it shows others the same, whenever and wherever they open it.
import { micros, rfc3339 } from "../model/time.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1e6, m: 60e6, h: 3600e6, d: 86_400e6, w: 604_800e6 };

/** Returns the microseconds since 1970 of a time of the API: RFC 3339, or before now, such as `-1h`; else `NaN`. */
export function instant(text: string, nowUs: number): number {
  if (text === "now") return nowUs;
  const [, count, unit] = /^-(\d+)([smhdw])$/.exec(text) ?? [];
  return count === undefined || unit === undefined ? micros(text) : nowUs - Number(count) * (UNITS[unit] ?? 0);
}

/** Returns the query with times that stay the same, and with the reader's zone by its name. */
export function shareable(query: URLSearchParams, nowUs: number, ownZone: string): URLSearchParams {
  const next = new URLSearchParams(query);
  const isRelative = (text: string) => text === "now" || text.startsWith("-");
  for (const name of ["from", "to"]) {
    const at = instant(query.get(name) ?? "", nowUs);
    if (isRelative(query.get(name) ?? "") && !Number.isNaN(at)) next.set(name, rfc3339(at));
  }
  // An open end would move on with the time.
  if (isRelative(query.get("from") ?? "") && !query.has("to")) next.set("to", rfc3339(nowUs));
  if (query.get("zone") === "local") next.set("zone", ownZone);
  return next;
}
