// Exceptions: what programs print of them -> a chain of exceptions with their frames, and the root cause marked.
// A text that is not recognised stays as it is. Takes linear time and reads a bounded text.
import { parseAtFrames } from "./exceptions/at-frames.ts";
import { parseGo } from "./exceptions/go.ts";
import { parseExcInfo, parsePython } from "./exceptions/python.ts";
import { parseRust, parseRustCauses } from "./exceptions/rust.ts";
import type { Exception } from "./exceptions/types.ts";
import { type LogRecord, text } from "./record.ts";

/** A longer text stays as it is. */
const MAX_LENGTH = 512 * 1024;
/** A text with more exceptions or frames stays as it is: a page cannot draw them all. */
const MAX_EXCEPTIONS = 100;
const MAX_FRAMES = 3_000;

/** Where a record may have an exception. logbraid puts most libraries' exceptions into the first. */
const FIELDS = ["exc_text", "exc_info", "stack_trace", "stacktrace", "exception"];

/** Returns the exceptions of a text in its own order; `undefined` if it has none that is recognised. */
export function parseException(text: string): Exception[] | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const found = parserOf(text)(text.split(/\r?\n/));
  const frames = found.reduce((sum, exception) => sum + exception.frames.length, 0);
  return found.length === 0 || found.length > MAX_EXCEPTIONS || frames > MAX_FRAMES ? undefined : found;
}

function parserOf(text: string): (lines: readonly string[]) => Exception[] {
  if (text.includes("Traceback (most recent call last):")) return parsePython;
  if (text.startsWith("(<class '")) return parseExcInfo;
  if (/^thread '.* panicked at /m.test(text)) return parseRust;
  if (/^Caused by:\r?$/m.test(text)) return parseRustCauses;
  if (/^goroutine \d+ |^\t\S+\.go:\d+/m.test(text)) return parseGo;
  return parseAtFrames;
}

/** Returns the text of a record's exception. */
export function exceptionText(record: LogRecord): string | undefined {
  return FIELDS.map((name) => text(record, name)).find((found) => found !== undefined && found.trim() !== "");
}

/** Returns the root cause of a record's exception on one line. */
export function summary(record: LogRecord): string | undefined {
  const found = exceptionText(record);
  if (found === undefined) return undefined;
  const chain = parseException(found);
  if (chain === undefined) return found.trimStart().split("\n", 1)[0]?.trimEnd();
  const root = chain.find((exception) => exception.isRoot) ?? chain[0];
  const lines = root?.title.split("\n").map((line) => line.trim());
  return lines?.filter((line) => line !== "").join(" ") || undefined;
}
