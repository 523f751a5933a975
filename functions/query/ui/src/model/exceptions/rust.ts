// Rust's panics, and errors with their causes as anyhow and eyre print them.
import { type Draft, draft, finished } from "./draft.ts";
import { isLibrary } from "./library.ts";
import type { Exception, Frame } from "./types.ts";

const PANIC = /^thread '.*' (?:\(\d+\) )?panicked at (.*)$/;
/** Before Rust 1.73 the message was on the same line. */
const OLD_PANIC = /^'(.*)', (.*)$/;
const PLACE = /^(.*):(\d+):\d+:?$/;
const NAME = /^\s*\d+: +(?:0x[0-9a-f]+ - )?(.*)$/;
const AT = /^\s+at (.*?):(\d+)(?::\d+)?$/;
const END = /^(?:stack backtrace:|Stack backtrace:|note: .*)$/;

/** Reads panics. */
export function parseRust(lines: readonly string[]): Exception[] {
  const drafts: Draft[] = [];
  let isTitle = false;
  for (const [index, line] of lines.entries()) {
    const [, panic] = PANIC.exec(line) ?? [];
    const current = drafts.at(-1);
    if (panic !== undefined) {
      const [, message, place = panic] = OLD_PANIC.exec(panic) ?? [];
      const [, file = place, number] = PLACE.exec(place) ?? [];
      const where = { file, ...(number !== undefined && { line: Number(number) }), isLibrary: isLibrary(file, "") };
      drafts.push(draft(message === undefined ? [] : [message], { frames: [where], isRoot: drafts.length === 0 }));
      isTitle = message === undefined;
    } else if (current) {
      if (END.test(line)) isTitle = false;
      if (isTitle) current.title.push(line);
      else addFrame(current, line, lines[index + 1] ?? "");
    }
  }
  return finished(drafts.map(withoutPlace));
}

/** The backtrace has the place of the panic too. */
function withoutPlace(one: Draft): Draft {
  return one.frames.length > 1 ? { ...one, frames: one.frames.slice(1) } : one;
}

/** Reads `message`, `Caused by:` and the causes below it. */
export function parseRustCauses(lines: readonly string[]): Exception[] {
  const begin = lines.findIndex((line) => line.trimEnd() === "Caused by:");
  const outer = draft(lines.slice(0, begin), { isRoot: false });
  const drafts = [outer];
  let isCause = true;
  for (const [index, line] of lines.entries()) {
    if (index <= begin) continue;
    if (END.test(line)) isCause = false;
    const [, cause] = /^ +(?:\d+: )?(\S.*)$/.exec(line) ?? [];
    if (!isCause) addFrame(outer, line, lines[index + 1] ?? "");
    else if (cause !== undefined) drafts.push(draft([cause], { isRoot: false }));
  }
  const root = drafts.at(-1);
  if (root) root.isRoot = true;
  return finished(drafts);
}

function addFrame(current: Draft, line: string, next: string): void {
  const [, name] = NAME.exec(line) ?? [];
  if (name === undefined) return;
  const [, file = "", number] = AT.exec(next) ?? [];
  const frame: Frame = { file, function: name, isLibrary: isLibrary(file, name) };
  current.frames.push(number === undefined ? frame : { ...frame, line: Number(number) });
}
