// Python's tracebacks: chains, groups, and the text of `sys.exc_info()`.
import { type Draft, draft, finished } from "./draft.ts";
import { isLibrary } from "./library.ts";
import type { Exception } from "./types.ts";

const HEADER = /^(Exception Group )?Traceback \(most recent call last\):$/;
const CONNECTORS = new Set([
  "The above exception was the direct cause of the following exception:",
  "During handling of the above exception, another exception occurred:",
]);
const FRAME = /^\s+File "([^"]*)", line (\d+)(?:, in (.*))?$/;
const REPEATED = /^\s+\[Previous line repeated (\d+) more times?\]$/;
/** Marks below code. */
const MARKS = /^[\s~^]*$/;
/** The rulers between the members of a group, and the lines of a group. */
const RULER = /^ *\+[-+]+(?: [\d.]+ -+)?$/;
const IN_GROUP = /^ *(?:\| ?|\+ )(.*)$/;

/** Reads a traceback. Python prints the root cause first. */
export function parsePython(lines: readonly string[]): Exception[] {
  const drafts: Draft[] = [];
  const hasGroups = lines.some((line) => line.includes("Exception Group Traceback"));
  let current: Draft | undefined;
  // Lines outside of any exception: an exception without frames has no header.
  let loose: string[] = [];
  let isEffect = false;
  const start = (title: readonly string[], isGroup: boolean) => {
    current = draft(title, { isRoot: !isEffect && !isGroup });
    drafts.push(current);
    isEffect = false;
    loose = [];
  };
  for (const raw of lines) {
    if (hasGroups && RULER.test(raw)) {
      current = undefined;
      loose = [];
      isEffect = false;
      continue;
    }
    const line = hasGroups ? (IN_GROUP.exec(raw)?.[1] ?? raw) : raw;
    const header = HEADER.exec(line);
    if (header) {
      start([], header[1] !== undefined);
    } else if (CONNECTORS.has(line)) {
      if (isText(loose)) start(loose, false);
      current = undefined;
      isEffect = true;
    } else if (!current) {
      loose.push(line);
    } else {
      read(current, line);
    }
  }
  if (isEffect && isText(loose)) start(loose, false);
  return finished(drafts);
}

function isText(lines: readonly string[]): boolean {
  return lines.some((line) => line.trim() !== "");
}

/** Reads a line of an exception: frames with their code, then the title. */
function read(current: Draft, line: string): void {
  const { title, frames } = current;
  if (title.length > 0) {
    title.push(line);
    return;
  }
  const [, file, number, name] = FRAME.exec(line) ?? [];
  const last = frames.at(-1);
  if (file !== undefined) {
    const frame = { file, line: Number(number), isLibrary: isLibrary(file, "") };
    frames.push(name === undefined ? frame : { ...frame, function: name });
  } else if (!/^\s/.test(line)) {
    if (line !== "") title.push(line);
  } else if (last && REPEATED.test(line)) {
    frames[frames.length - 1] = { ...last, code: `${last.code ?? ""}  ${line.trim()}`.trim() };
  } else if (last && last.code === undefined && !MARKS.test(line)) {
    frames[frames.length - 1] = { ...last, code: line.trim() };
  }
}

const EXC_INFO = /^\(<class '([^']+)'>, (.*), <traceback object at 0x[0-9a-fA-F]+>\)\s*$/;
/** An exception that was made of one text. */
const OF_TEXT = /^[\w.]+\((?:'((?:[^'\\]|\\.){0,8192})'|"((?:[^"\\]|\\.){0,8192})"),?\)$/;

/** Reads `str(sys.exc_info())`. */
export function parseExcInfo(lines: readonly string[]): Exception[] {
  const [, name, value] = EXC_INFO.exec(lines.join(" ")) ?? [];
  if (name === undefined || value === undefined) return [];
  const text = OF_TEXT.exec(value);
  const type = name.replace(/^(?:__main__|builtins)\./, "");
  return finished([draft([text ? `${type}: ${unquoted(text[1] ?? text[2] ?? "")}` : value])]);
}

function unquoted(text: string): string {
  return text.replace(/\\(['"\\n])/g, (_, character) => (character === "n" ? "\n" : character));
}
