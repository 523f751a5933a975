// Go's panics and stack traces: a line with the function, then an indented line with the file.
import { type Draft, draft, finished } from "./draft.ts";
import { isLibrary } from "./library.ts";
import type { Exception } from "./types.ts";

const GOROUTINE = /^goroutine \d+ .*:$/;
const PLACE = /^\t(\S.*):(\d+)(?: \+0x[0-9a-f]+)?$/;
/** What follows a function's name: its arguments. */
const ARGUMENTS = /\([^()]*\)$/;
/** A panic within another is indented below it. */
const PANIC = /^\t?(panic: .*|fatal error: .*)$/;
const UNKNOWN = "Stack trace";

/** Reads a panic. The goroutine that panicked is the first; others follow. */
export function parseGo(lines: readonly string[]): Exception[] {
  const drafts: Draft[] = [];
  let title: string[] = [];
  lines.forEach((line, index) => {
    const [, file, number] = PLACE.exec(lines[index + 1] ?? "") ?? [];
    if (GOROUTINE.test(line)) {
      const head = drafts.length === 0 && title.some((one) => one !== "") ? title : [line.slice(0, -1)];
      drafts.push(draft(head, { isRoot: drafts.length === 0 }));
    } else if (file !== undefined && !line.startsWith("\t")) {
      if (drafts.length === 0) drafts.push(draft(title.some((one) => one !== "") ? title : [UNKNOWN]));
      const name = line.replace(/^created by (.*?)(?: in goroutine \d+)?$/, "$1").replace(ARGUMENTS, "");
      const frame = { file, line: Number(number), function: name, isLibrary: isLibrary(file, name) };
      drafts.at(-1)?.frames.push(frame);
    } else if (drafts.length === 0) {
      const panic = PANIC.exec(line)?.[1];
      // The last panic is the one that ended the program; those before it were recovered.
      if (panic === undefined) title.push(line);
      else title = [...title.filter((one) => one.startsWith("panic: ")), panic];
    }
  });
  return finished(drafts);
}
