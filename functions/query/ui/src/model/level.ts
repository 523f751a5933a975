// Levels: their names, order and glyphs.
import type { LogRecord } from "./record.ts";

export const LEVELS = ["NOTSET", "TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] as const;
export type Level = (typeof LEVELS)[number];

/** A glyph for each level, so that colour is never the only sign. */
export const GLYPHS: Record<Level, string> = {
  NOTSET: "○",
  TRACE: "◦",
  DEBUG: "·",
  INFO: "●",
  WARNING: "▲",
  ERROR: "■",
  CRITICAL: "◆",
};

const NUMBERS: readonly [number, Level][] = [
  [50, "CRITICAL"],
  [40, "ERROR"],
  [30, "WARNING"],
  [20, "INFO"],
  [10, "DEBUG"],
  [5, "TRACE"],
];

/** Returns a level by its name, whatever its case. */
export function levelNamed(name: unknown): Level | undefined {
  return LEVELS.find((level) => typeof name === "string" && level === name.toUpperCase());
}

/** Returns a record's level. A level between two of these counts as the lower one, as in the API. */
export function level(record: LogRecord): Level {
  const number = record.levelno;
  if (typeof number === "number") return NUMBERS.find(([least]) => number >= least)?.[1] ?? "NOTSET";
  return levelNamed(record.levelname) ?? "NOTSET";
}

/** Compares two levels by severity. */
export function severity(level: Level): number {
  return LEVELS.indexOf(level);
}
