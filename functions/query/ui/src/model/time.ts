// Times: exact microseconds, and how they are shown.

/** The zone in which times are shown: `UTC`, `local`, or an IANA name. */
export type Zone = string;

const MICROS_PER_MS = 1_000;
const EXACT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/;

/** Returns the microseconds since 1970 of an RFC 3339 time in UTC, or `NaN`. Exact until the year 2255. */
export function micros(time: string): number {
  const match = EXACT.exec(time);
  if (!match) return Date.parse(time) * MICROS_PER_MS;
  const fraction = Number((match[2] ?? "").padEnd(6, "0").slice(0, 6));
  return Date.parse(`${match[1]}Z`) * MICROS_PER_MS + fraction;
}

/** Writes microseconds since 1970 as RFC 3339 with six digits: the form of the API. */
export function rfc3339(us: number): string {
  const seconds = Math.floor(us / 1e6);
  const fraction = String(Math.round(us - seconds * 1e6)).padStart(6, "0");
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

/** Whether the browser knows the zone. */
export function isZone(zone: string): boolean {
  if (zone === "UTC" || zone === "local") return true;
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

const formats = new Map<Zone, Intl.DateTimeFormat>();

function format(zone: Zone): Intl.DateTimeFormat {
  let known = formats.get(zone);
  if (!known) {
    known = new Intl.DateTimeFormat("sv-SE", {
      ...(zone === "local" ? {} : { timeZone: zone }),
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(zone, known);
  }
  return known;
}

/** Returns `2026-11-20 09:50:25` in the zone. */
export function dateTime(us: number, zone: Zone): string {
  return format(zone).format(new Date(Math.floor(us / 1e6) * 1000));
}

/** Returns the time of day in the zone, with `digits` of a second's fraction: `09:50:25.165953`. */
export function timeOfDay(us: number, zone: Zone, digits = 6): string {
  const fraction = String(us - Math.floor(us / 1e6) * 1e6).padStart(6, "0");
  const time = dateTime(us, zone).slice(11);
  return digits === 0 ? time : `${time}.${fraction.slice(0, digits)}`;
}

/** Says from when to when, in the zone; `undefined` without a limit. A relative time such as `-1h` stays as it is. */
export function timesText(from: string | null, to: string | null, zone: Zone): string | undefined {
  if (from === null && to === null) return undefined;
  const say = (text: string) => {
    const us = micros(text);
    return Number.isNaN(us) ? text : `${dateTime(us, zone)}${timeOfDay(us, zone, 3).slice(8)}`;
  };
  if (to === null) return `since ${say(from ?? "")}`;
  if (from === null) return `until ${say(to)}`;
  const [start, end] = [say(from), say(to)];
  // The day is said once.
  return start.slice(0, 10) === end.slice(0, 10) ? `${start} – ${end.slice(11)}` : `${start} – ${end}`;
}

/** Returns the day in the zone: `2026-11-20`. */
export function day(us: number, zone: Zone): string {
  return dateTime(us, zone).slice(0, 10);
}

/** Whether times are of more than one day. */
export function severalDays(times: readonly number[], zone: Zone): boolean {
  return new Set(times.map((us) => day(us, zone))).size > 1;
}

/** Writes the time of a row to the millisecond, with its day where days differ. */
export function rowTime(us: number, zone: Zone, isDated: boolean): string {
  return `${isDated ? `${day(us, zone)} ` : ""}${timeOfDay(us, zone, 3)}`;
}

/** The units of durations, largest first, in microseconds. */
const UNITS: readonly [string, number][] = [
  ["d", 86_400e6],
  ["h", 3_600e6],
  ["min", 60e6],
  ["s", 1e6],
  ["ms", 1e3],
  ["µs", 1],
];

/** Writes a duration with three significant digits, or two units above a minute: `97.3 ms`, `2 min 5 s`. */
export function duration(us: number): string {
  const sign = us < 0 ? "−" : "";
  const length = Math.abs(us);
  if (length === 0) return "0 ms";
  const at = UNITS.findIndex(([, unit]) => length >= unit);
  const [name, unit] = UNITS[at === -1 ? UNITS.length - 1 : at] ?? ["µs", 1];
  if (unit >= 60e6) {
    const whole = Math.floor(length / unit);
    const [lower, lowerUnit] = UNITS[at + 1] ?? ["s", 1e6];
    const rest = Math.floor((length - whole * unit) / lowerUnit);
    return `${sign}${whole} ${name}${rest > 0 ? ` ${rest} ${lower}` : ""}`;
  }
  const value = length / unit;
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  // 999,999 µs are a second, not 1000 ms.
  if (unit < 1e6 && Number(value.toFixed(digits)) >= 1000) return `${sign}1 ${UNITS[at - 1]?.[0] ?? name}`;
  return `${sign}${Number(value.toFixed(digits))} ${name}`;
}

/** Writes a distance from the transaction's start, all with the unit that fits its whole length: `+35.4`. */
export function offset(us: number, wholeUs: number): string {
  const sign = us < 0 ? "−" : "+";
  const length = Math.abs(us);
  if (wholeUs < 10e6) return `${sign}${(length / 1e3).toFixed(1)} ms`;
  if (wholeUs < 600e6) return `${sign}${(length / 1e6).toFixed(3)} s`;
  const seconds = Math.floor(length / 1e6);
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
  return `${sign}${clock}`;
}

/** Says how long ago something was, or when, once that is longer than a day. */
export function ago(us: number, nowUs: number, zone: Zone): string {
  const length = nowUs - us;
  if (length >= 86_400e6) return dateTime(us, zone);
  return `${duration(Math.max(0, Math.floor(length / 1e6) * 1e6)).replace("0 ms", "0 s")} ago`;
}

/** Returns round numbers of microseconds for an axis from 0 to `lengthUs`, at most `most`. */
export function ticks(lengthUs: number, most: number): number[] {
  if (!(lengthUs > 0)) return [0];
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500].flatMap((step) => [step, step * 1e3]);
  const longer = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200].map(
    (s) => s * 1e6,
  );
  const days = [1, 2, 5, 7, 14, 30, 100].map((d) => d * 86_400e6);
  const all = [...steps, ...longer, ...days].sort((a, b) => a - b);
  const step = all.find((candidate) => lengthUs / candidate <= most) ?? lengthUs / most;
  return Array.from({ length: Math.floor(lengthUs / step) + 1 }, (_, index) => index * step);
}
