// Stack traces whose frames begin with `at`: those of Java, Kotlin and Scala, of Node and of .NET.
import { type Draft, draft, finished } from "./draft.ts";
import { isLibrary } from "./library.ts";
import type { Exception, Frame } from "./types.ts";

// Each of these has one way to match, so that a long line takes linear time.
const DOTNET = /^\s*at ([^(]+\([^)]*\)) in (.+):line (\d+)$/;
const JAVA =
  /^\s*at ([^\s(]+)\(((?:[^()\s]+\.(?:java|kt|kts|scala|groovy|clj|cljc))(?::(\d+))?|Native Method|Unknown Source|[^()\s]+:(\d+)|<generated>)\)(?: ~?\[[^\]]*\])?$/;
const DOTNET_WITHOUT_FILE = /^\s*at ([^\s(]+\([^)]*\))$/;
const NODE_CALL = /^\s*at ([^(]*) \((.*)\)(?: \{)?$/;
const NODE_PLACE = /^\s*at (?:async )?(\S+:\d+:\d+)(?: \{)?$/;

/** The first line of an exception: a type's name, alone or before a message. */
const TYPE =
  /^\s*(?:Uncaught (?:exception: )?|Unhandled exception[.:] |Exception in thread "[^"]*" )?([\w$]+(?:[./][\w$]+)*(?:$|: .*$))/;
const NAMED = /(?:Error|Exception|Throwable)\b/;

/** Reads a stack trace. The outermost exception is the first, and each cause follows. */
export function parseAtFrames(lines: readonly string[]): Exception[] {
  const reader = new Reader();
  lines.forEach((line, index) => {
    reader.read(line, lines[index + 1] ?? "");
  });
  return finished(reader.drafts);
}

class Reader {
  readonly drafts: Draft[] = [];
  #current: Draft | undefined;
  #before: string[] = [];
  /** Whether the title of the current exception may have further lines. */
  #isTitle = true;
  /** Whether the next line begins the first of several exceptions. */
  #isList = false;
  /** .NET prints an exception's frames after those of its cause: these wait for theirs. */
  #waiting: Draft[] = [];

  read(line: string, next: string): void {
    const frame = frameOf(line);
    const trimmed = line.trim();
    if (frame) this.#started().frames.push(frame);
    else if (!this.#connect(trimmed, line.length - line.trimStart().length)) this.#plain(line, next);
  }

  /** Reads a line that connects two exceptions. */
  #connect(line: string, indent: number): boolean {
    const [, java, javaTitle] = /^(Caused by|Suppressed|Wrapped by): (.*)$/.exec(line) ?? [];
    const [, nodeTitle] = /^\[cause\]: (.*)$/.exec(line) ?? [];
    const [, dotnetTitle] = /^---> (?:\(Inner Exception #\d+\) )?(.*)$/.exec(line) ?? [];
    if (java !== undefined && javaTitle !== undefined) {
      this.#started();
      const owner = this.drafts.findLast((one) => one.indent === indent) ?? this.drafts.at(-1);
      if (owner && java === "Caused by") owner.isRoot = false;
      this.#push(draft([javaTitle], { indent, isRoot: java === "Caused by" }));
    } else if (nodeTitle !== undefined) {
      this.#started();
      const owner = this.drafts.findLast((one) => one.indent < indent) ?? this.drafts.at(-1);
      if (owner) owner.isRoot = false;
      this.#push(draft([withoutBrackets(nodeTitle)], { indent }));
      this.#isTitle = !isBracketed(nodeTitle);
    } else if (dotnetTitle !== undefined) {
      this.#inner(dotnetTitle);
    } else if (line === "[errors]: [") {
      this.#started();
      this.#isList = true;
    } else if (line.startsWith("--- End of inner exception stack trace ---")) {
      this.#current = this.#waiting.pop() ?? this.#current;
    } else {
      // What is left out, and where an asynchronous call went on.
      return /^\.\.\. \d+ |^--- End of /.test(line);
    }
    return true;
  }

  #plain(line: string, next: string): void {
    const { frames, title } = this.#current ?? {};
    if (this.#isList) this.#member(line);
    else if (!frames || !title) this.#before.push(line);
    else if (frames.length === 0 && this.#isTitle) title.push(line);
    else if (TYPE.test(line) && NAMED.test(line) && frameOf(next)) this.#member(line);
  }

  /** Begins an exception that stands beside those before it. */
  #member(line: string): void {
    const indent = line.length - line.trimStart().length;
    const owner = this.drafts.findLast((one) => one.indent < indent);
    if (owner) owner.isRoot = false;
    this.#push(draft([withoutBrackets(line.trim())], { indent }));
    this.#isList = false;
  }

  #inner(title: string): void {
    const owner = this.#started();
    owner.isRoot = false;
    this.#waiting.push(owner);
    this.#push(draft([title], { indent: owner.indent + 1 }));
  }

  #push(one: Draft): void {
    this.drafts.push(one);
    this.#current = one;
    this.#isTitle = true;
  }

  /** Returns the current exception; begins the first with the lines before. */
  #started(): Draft {
    if (this.#current) return this.#current;
    const begin = this.#before.findIndex((line) => TYPE.test(line));
    const [head = "", ...rest] = this.#before.slice(Math.max(begin, 0)).filter((line, at) => at > 0 || line !== "");
    // .NET Framework prints all titles on one line.
    const [outer = "", ...inner] = withoutBrackets(TYPE.exec(head)?.[1] ?? head).split(" ---> ");
    const first = draft([outer, ...(inner.length > 0 ? [] : rest)]);
    this.#push(first);
    for (const title of inner) this.#inner(title);
    return this.#current ?? first;
  }
}

function frameOf(line: string): Frame | undefined {
  const found = /^\s*at /.test(line) ? line.replace(/<---$/, "").trimEnd() : undefined;
  if (found === undefined) return undefined;
  const [, dotnet, dotnetFile, dotnetLine] = DOTNET.exec(found) ?? [];
  if (dotnet !== undefined && dotnetFile !== undefined) return frame(dotnetFile, dotnetLine, dotnet);
  const [, java, place, javaLine, otherLine] = JAVA.exec(found) ?? [];
  if (java !== undefined && place !== undefined) return frame(place.replace(/:\d+$/, ""), javaLine ?? otherLine, java);
  const [, bare] = DOTNET_WITHOUT_FILE.exec(found) ?? [];
  if (bare !== undefined) return frame("", undefined, bare);
  const [, call, callPlace] = NODE_CALL.exec(found) ?? [];
  const nodePlace = callPlace ?? NODE_PLACE.exec(found)?.[1];
  if (nodePlace === undefined) return undefined;
  const [, file, nodeLine] = /^(.*):(\d+):\d+$/.exec(nodePlace) ?? [];
  return frame(file ?? nodePlace, nodeLine, call?.replace(/^async /, ""));
}

function frame(file: string, line: string | undefined, name: string | undefined): Frame {
  return {
    file,
    ...(line !== undefined && { line: Number(line) }),
    ...(name !== undefined && { function: name }),
    isLibrary: isLibrary(file, name ?? ""),
  };
}

/** Node prints an error without its stack in brackets. */
function isBracketed(title: string): boolean {
  return /^\[.*\](?:,| \{)?$/.test(title);
}

function withoutBrackets(title: string): string {
  return isBracketed(title) ? title.slice(1, title.lastIndexOf("]")) : title;
}
