// Words that follow one another, as `q` of the API means them. An exported page searches without the API.
import type { LogRecord } from "./record.ts";

/** What separates words: the first and the last character of each range. The table of shared/record/src/words/separators.rs. */
export const SEPARATORS: readonly (readonly [number, number])[] = [
  [0x0, 0x2f],
  [0x3a, 0x40],
  [0x5b, 0x60],
  [0x7b, 0xa9],
  [0xab, 0xb4],
  [0xb6, 0xb9],
  [0xbb, 0xbf],
  [0xd7, 0xd7],
  [0xf7, 0xf7],
  [0x2000, 0x200b],
  [0x200e, 0x206f],
  [0x20a0, 0x20cf],
  [0x2116, 0x2117],
  [0x2120, 0x2122],
  [0x2190, 0x2bff],
  [0x2e00, 0x2e7f],
  [0x3000, 0x3004],
  [0x3008, 0x3020],
  [0x3030, 0x3030],
  [0x303d, 0x303f],
  [0x30fb, 0x30fb],
  [0xfe10, 0xfe1f],
  [0xfe30, 0xfe6f],
  [0xfeff, 0xfeff],
  [0xff01, 0xff0f],
  [0xff1a, 0xff20],
  [0xff3b, 0xff40],
  [0xff5b, 0xff65],
  [0xffe0, 0xffef],
  [0xfff0, 0xffff],
  [0x1f000, 0x1faff],
];
const CLASS = SEPARATORS.map(([first, last]) => `\\u{${first.toString(16)}}-\\u{${last.toString(16)}}`).join("");
const BETWEEN = new RegExp(`[${CLASS}]+`, "u");
/** The fields whose values are no words, as the API names them. */
const WITHOUT_WORDS = ["id", "time", "created", "msecs", "relativeCreated", "thread", "source"];
/** How many levels deep values in objects and lists are searched, below the record's fields. */
const LEVELS = 2;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Returns whether a record has the words of a text, in a row in one value; `undefined` for a text without words. */
export function phrase(text: string): ((record: LogRecord) => boolean) | undefined {
  const wanted = text.split(BETWEEN).filter((word) => word !== "");
  const last = wanted.at(-1);
  if (last === undefined) return undefined;
  const goesOn = text.trimEnd().endsWith(`${last}*`);
  // A word has no character with a meaning in regular expressions.
  const row = wanted.join(`[${CLASS}]+`);
  const pattern = new RegExp(`(?<![^${CLASS}])${row}${goesOn ? "" : `(?![^${CLASS}])`}`, "iu");
  const number = NUMBER.test(text.trim()) ? Number(text) : undefined;
  const holds = (value: unknown, levels: number): boolean => {
    if (typeof value === "string") return pattern.test(value);
    if (typeof value === "number") return value === number;
    if (typeof value !== "object" || value === null || levels === 0) return false;
    return Object.values(value).some((inner) => holds(inner, levels - 1));
  };
  return (record) =>
    Object.entries(record).some(([name, value]) => !WITHOUT_WORDS.includes(name) && holds(value, LEVELS));
}
