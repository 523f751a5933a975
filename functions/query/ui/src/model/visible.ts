// What is drawn of a text that a sender wrote. Nothing in it acts on the reader's screen: control characters, characters
// that reverse the writing direction and invisible characters become escapes that can be read. Colours of terminals are kept.
// Takes linear time, whatever the text is.
import { NO_STYLE, type Style, sgr } from "./ansi.ts";

/** A piece of a text. An `escape` stands for characters that are not drawn as they are; its `title` explains them. */
export type Segment =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "escape"; readonly text: string; readonly title: string }
  | ({ readonly kind: "ansi"; readonly text: string } & Style);

/** The segments of a text, and how many characters after them are not drawn. */
export type Visible = { readonly segments: readonly Segment[]; readonly hidden: number };

/** Where to stop: after so many UTF-16 code units of the text, or so many segments. */
export type Bounds = { readonly limit?: number; readonly maxSegments?: number };

/** How much of a text is drawn at first. */
export const LIMIT = 2048;
/** How many segments are drawn at most. A text of nothing but escapes would otherwise cost a page its life. */
export const MAX_SEGMENTS = 10_000;
/** More combining marks on one character are not drawn: they would cover the lines around. Real scripts need fewer. */
export const MAX_MARKS = 8;

// Characters with a rule of their own: control characters but tab and line feed, lone surrogates, line and paragraph
// separators, annotation marks, invisible characters, combining marks, and what begins an emoji sequence.
const RULED =
  "\\0-\\x08\\x0b-\\x1f\\x7f-\\x9f\\p{Cs}\\u2028\\u2029\\ufff9-\\ufffb\\p{DI}\\p{M}\\p{RI}\\p{Extended_Pictographic}";
const HAS_RULED = new RegExp(`[${RULED}]`, "u");
// The length is bounded because a regular expression keeps its place for each character that it matches.
const RUN = new RegExp(`[^${RULED}]{1,4096}`, "yu");

// What a terminal would act on: colours, other control sequences, and commands such as titles and links. The lengths are
// bounded, and commands end before the next control character, so that the search for their end stays linear.
const ESC = "\u001b";
const SGR = new RegExp(`(?:${ESC}\\[|\\x9b)[\\d;]{0,64}m`, "y");
const CSI = new RegExp(`(?:${ESC}\\[|\\x9b)[0-?]{0,64}[ -/]{0,4}[@-~]`, "y");
const OSC = new RegExp(`(?:${ESC}[\\]PX^_]|[\\x90\\x98\\x9d-\\x9f])[^\\p{Cc}]{0,512}(?:\u0007|${ESC}\\\\|\\x9c)`, "yu");

const PICTURE = "\\p{Extended_Pictographic}[\\ufe0e\\ufe0f]?\\p{EMod}?";
// Flags of countries and of their parts, and pictures that are joined.
const EMOJI = new RegExp(
  `\\p{RI}\\p{RI}?|\\u{1f3f4}[\\u{e0030}-\\u{e0039}\\u{e0061}-\\u{e007a}]{3,6}\\u{e007f}|${PICTURE}(?:\\u200d${PICTURE}){0,9}`,
  "yu",
);

// Scripts that need joiners between their letters.
const SCRIPTS =
  "Arab Syrc Mong Nkoo Mand Rohg Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Khmr Mymr Tibt Lana Java Bali";
const JOINED = `[${SCRIPTS.split(" ")
  .map((script) => `\\p{scx=${script}}`)
  .join("")}]`;
// Invisible characters that writing needs: joiners, variants of Han and Mongolian characters and of signs, keycaps.
const NEEDED = new RegExp(
  [
    `(?<=${JOINED})[\\u200c\\u200d](?=${JOINED})`,
    "(?<=\\p{scx=Mong})[\\u180b-\\u180f]",
    "(?<=\\p{scx=Han})[\\ufe00-\\ufe02\\u{e0100}-\\u{e01ef}]",
    "(?<=\\p{Sm})\\ufe00",
    "(?<=[#*0-9])\\ufe0f(?=\\u20e3)",
  ].join("|"),
  "yu",
);
const MARKS = /[^\P{M}\p{DI}]+/uy;

const NAMES = new Map([
  [0x00, "NUL"],
  [0x07, "bell"],
  [0x08, "backspace"],
  [0x0d, "carriage return"],
  [0x1b, "escape: begins a terminal's control sequence"],
  [0x7f, "delete"],
  [0x9b, "begins a terminal's control sequence"],
  [0xad, "soft hyphen"],
  [0x61c, "Arabic letter mark"],
  [0x200b, "zero-width space"],
  [0x200c, "zero-width non-joiner"],
  [0x200d, "zero-width joiner"],
  [0x200e, "left-to-right mark"],
  [0x200f, "right-to-left mark"],
  [0x2028, "line separator"],
  [0x2029, "paragraph separator"],
  [0x202a, "left-to-right embedding"],
  [0x202b, "right-to-left embedding"],
  [0x202c, "end of a writing direction"],
  [0x202d, "left-to-right override"],
  [0x202e, "right-to-left override"],
  [0x2060, "word joiner"],
  [0x2066, "left-to-right isolate"],
  [0x2067, "right-to-left isolate"],
  [0x2068, "isolate"],
  [0x2069, "end of an isolate"],
  [0xfeff, "byte order mark"],
]);

/** Returns what is drawn of a text. */
export function visible(text: string, { limit = LIMIT, maxSegments = MAX_SEGMENTS }: Bounds = {}): Visible {
  if (text.length <= limit && !HAS_RULED.test(text)) {
    return { segments: text === "" ? [] : [{ kind: "text", text }], hidden: 0 };
  }
  const drawn = new Drawn();
  let at = 0;
  while (at < text.length && drawn.segments.length < maxSegments) {
    const end = draw(drawn, text, at, limit);
    if (end === undefined) break;
    at = end;
  }
  return { segments: drawn.end(), hidden: codePoints(text, at) };
}

/** Returns a whole text as `visible` draws it, without the colours. */
export function plain(text: string): string {
  const { segments } = visible(text, { limit: Infinity, maxSegments: Infinity });
  return segments.map((segment) => segment.text).join("");
}

/** Draws what is at a position and returns where it ends; `undefined` at the limit. */
function draw(drawn: Drawn, text: string, at: number, limit: number): number | undefined {
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? "";
  };
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  if (/[^\P{Cc}\n\t]/u.test(character)) {
    if (at >= limit) return undefined;
    const colour = match(SGR);
    if (colour !== "") return at + drawn.colour(colour);
    const sequence = match(CSI) || match(OSC);
    if (sequence !== "") return at + drawn.escape(sequence, "a control sequence for terminals, not carried out");
    if (text.startsWith("\r\n", at)) return at + 1;
    return at + drawn.escape(character, title(character));
  }
  // Marks and joiners belong to the character before them, so they are drawn even at the limit.
  const marks = match(MARKS);
  if (marks !== "") return at + drawn.marks(marks);
  const needed = match(NEEDED);
  if (needed !== "") return at + drawn.text(needed);
  if (at >= limit) return undefined;
  const run = match(RUN);
  if (run !== "") return at + drawn.text(run.length <= limit - at ? run : cut(run, limit - at));
  const emoji = match(EMOJI);
  if (emoji !== "") return at + drawn.text(emoji);
  return at + drawn.escape(character, title(character));
}

/** The segments so far. Each method appends a part of the text and returns its length. */
class Drawn {
  readonly segments: Segment[] = [];
  #text = "";
  #marks = 0;
  /** Whether the text ends in a character that combining marks can combine with. */
  #takesMarks = false;
  #style = NO_STYLE;

  text(text: string): number {
    this.#text += text;
    this.#marks = 0;
    this.#takesMarks = !/[\n\t]$/.test(text);
    return text.length;
  }

  marks(marks: string): number {
    const takesMarks = this.#takesMarks;
    const room = takesMarks ? MAX_MARKS - this.#marks : 0;
    // A mark takes one or two code units, so what is looked at is bounded.
    const kept = [...marks.slice(0, 2 * MAX_MARKS)].slice(0, room).join("");
    this.#text += kept;
    this.#marks += [...kept].length;
    const rest = marks.slice(kept.length);
    if (rest !== "") {
      const count = codePoints(rest, 0);
      const all = count <= MAX_MARKS ? spell(rest) : `${spell(first(rest))}… ${count} combining marks`;
      this.#push(
        all,
        takesMarks ? `${count} more combining marks on one character` : "combining marks without a character",
      );
    }
    return marks.length;
  }

  escape(text: string, title: string): number {
    this.#push(spell(text), title);
    return text.length;
  }

  colour(sequence: string): number {
    this.#flush();
    this.#style = sgr(this.#style, sequence.slice(sequence.startsWith("\x9b") ? 1 : 2, -1));
    return sequence.length;
  }

  end(): Segment[] {
    this.#flush();
    return this.segments;
  }

  #push(text: string, title: string): void {
    this.#flush();
    const last = this.segments.at(-1);
    if (last?.kind === "escape" && last.title === title) {
      this.segments[this.segments.length - 1] = { kind: "escape", text: last.text + text, title };
    } else {
      this.segments.push({ kind: "escape", text, title });
    }
  }

  #flush(): void {
    if (this.#text !== "") {
      const text = this.#text;
      this.segments.push(this.#style === NO_STYLE ? { kind: "text", text } : { kind: "ansi", text, ...this.#style });
    }
    this.#text = "";
    this.#marks = 0;
    this.#takesMarks = false;
  }
}

/** Spells a text with escapes, as the command line does. */
function spell(text: string): string {
  let spelled = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (character === "\r") spelled += "\\r";
    else if (character === "\n") spelled += "\\n";
    else if (code >= 0x20 && !HAS_RULED.test(character)) spelled += character;
    else if (code <= 0xff) spelled += `\\x${code.toString(16).padStart(2, "0")}`;
    else if (code <= 0xffff) spelled += `\\u${code.toString(16).padStart(4, "0")}`;
    else spelled += `\\u{${code.toString(16)}}`;
  }
  return spelled;
}

function title(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const kind =
    code <= 0x9f ? "control character" : /\p{Cs}/u.test(character) ? "half of a character" : "invisible character";
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")} ${NAMES.get(code) ?? kind}`;
}

function first(text: string): string {
  return String.fromCodePoint(text.codePointAt(0) ?? 0);
}

/** Cuts a text to a length, or one code unit more where it would cut a character. */
function cut(text: string, length: number): string {
  const isWithin = (text.charCodeAt(length) & 0xfc00) === 0xdc00;
  return text.slice(0, isWithin ? length + 1 : length);
}

/** Counts the characters from a position on. */
function codePoints(text: string, from: number): number {
  let count = 0;
  for (let at = from; at < text.length; at++) {
    const isSecondHalf =
      at > from && (text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;
    if (!isSecondHalf) count += 1;
  }
  return count;
}
