// Words that follow one another, as `q` of the API means them. An exported page searches without the API.
import { MARKS, type Ranges, SEPARATORS, UNSPACED } from "./letters.ts";
import type { LogRecord } from "./record.ts";

const inBrackets = (ranges: Ranges) =>
  ranges.map(([first, last]) => `\\u{${first.toString(16)}}-\\u{${last.toString(16)}}`).join("");
const BETWEEN = inBrackets(SEPARATORS);
/** What a word may be beside. */
const BESIDE = BETWEEN + inBrackets(UNSPACED);
/** Words: letters of scripts without spaces in a row, or other letters in a row. */
const WORDS = new RegExp(`[${inBrackets(UNSPACED)}]+|[^${BESIDE}]+`, "gu");
/** Not before what makes another letter of the last one. */
const NO_MARK = `(?![${inBrackets(MARKS)}])`;
/** Letters, each with its marks. */
const LETTERS = new RegExp(`.[${inBrackets(MARKS)}]*`, "gsu");
const IS_UNSPACED = new RegExp(`^[${inBrackets(UNSPACED)}]`, "u");
/** The fields whose values are no words, as the API names them. */
const WITHOUT_WORDS = ["id", "time", "created", "msecs", "relativeCreated", "thread", "source"];
/** How many levels deep values in objects and lists are searched, below the record's fields. */
const LEVELS = 4;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Returns a word as a regular expression: each letter in each way in which Unicode writes it. In Turkish, `I` is the capital of another `i`. */
function spelled(word: string): string {
  const letters = (word.match(LETTERS) ?? []).map((letter) => {
    const spellings = [letter, letter.normalize("NFC"), letter.normalize("NFD")];
    // A word has no character with a meaning in regular expressions.
    const patterns = new Set(spellings.map((one) => one.replace(/[iIıİ]\u0307?/gu, "[iıİ]\\u0307?")));
    return patterns.size === 1 ? [...patterns][0] : `(?:${[...patterns].join("|")})`;
  });
  return letters.join("");
}

function pattern(words: readonly string[], goesOn: boolean): RegExp {
  const isUnspaced = (word: string | undefined) => word !== undefined && IS_UNSPACED.test(word);
  const parts = words.map((word, at) => {
    if (at === 0) return (isUnspaced(word) ? "" : `(?<![^${BESIDE}])`) + spelled(word);
    return `[${BETWEEN}]${isUnspaced(words[at - 1]) || isUnspaced(word) ? "*" : "+"}${spelled(word)}`;
  });
  const end = goesOn || isUnspaced(words.at(-1)) ? NO_MARK : `(?![^${BESIDE}])`;
  return new RegExp(parts.join("") + end, "iu");
}

/** Whether the last word goes on: after a `*`. */
function continues(text: string, last: string | undefined): boolean {
  return last !== undefined && text.trimEnd().endsWith(`${last}*`);
}

/** Returns how many words of a text have to be whole. */
export function wholeWords(text: string): number {
  const wanted = text.match(WORDS) ?? [];
  return wanted.length - (continues(text, wanted.at(-1)) ? 1 : 0);
}

/** Returns whether a record has the words of a text, in a row in one value. A text without words is looked for as it is. */
export function phrase(text: string): (record: LogRecord) => boolean {
  const wanted = text.match(WORDS) ?? [];
  const signs = () => new RegExp(text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"), "iu");
  const looked = wanted.length === 0 ? signs() : pattern(wanted, continues(text, wanted.at(-1)));
  const number = NUMBER.test(text.trim()) ? Number(text) : undefined;
  const holds = (value: unknown, levels: number): boolean => {
    if (typeof value === "string") return looked.test(value);
    if (typeof value === "number") return value === number;
    if (typeof value !== "object" || value === null || levels === 0) return false;
    return Object.values(value).some((inner) => holds(inner, levels - 1));
  };
  return (record) =>
    Object.entries(record).some(([name, value]) => !WITHOUT_WORDS.includes(name) && holds(value, LEVELS));
}
