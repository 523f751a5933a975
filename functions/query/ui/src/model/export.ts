// Records and requests in the forms that people take elsewhere: files, shell commands, and queries in mongosh.
// What a sender wrote stays data in each of them, and is safe to paste: a terminal acts on none of it.
import { exceptionText } from "./exception.ts";
import { headline } from "./headline.ts";
import { type LogRecord, service, text } from "./record.ts";

/** A shell command, or why there is none. */
export type Command = { readonly command: string } | { readonly problem: string };

/** What a command is about: a transaction, a search, or what was filed last, whatever its time. */
export type Subject = { readonly uid: string } | "search" | "tail";

/** The prefix of the collections that hold a day, unless LOGBRAID_COLLECTION_PREFIX says otherwise. */
export const PREFIX = "kinesis_logs_";

const INDENT = "    ";
const NOTHING = "-";

/** Returns records as lines for people, as the API's `format=text` does. A record without a message shows its fields. */
export function asText(records: readonly LogRecord[]): string {
  return records.map(line).join("");
}

function line(record: LogRecord): string {
  const level = text(record, "levelname") ?? NOTHING;
  const head = `${record.time} ${level} ${service(record) ?? NOTHING} ${text(record, "name") ?? NOTHING}`;
  const exception = exceptionText(record)?.trimEnd();
  return `${printable(`${head}: ${headline(record)}`)}\n${exception ? `${INDENT}${printable(exception)}\n` : ""}`;
}

/** Indents further lines, and escapes control characters. */
function printable(text: string): string {
  return text.replace(/[^\P{Cc}\t]/gu, (character) => {
    if (character === "\n") return `\n${INDENT}`;
    if (character === "\r") return "";
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

/** Returns records as JSON lines. */
export function asNdjson(records: readonly LogRecord[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join("");
}

/** Returns records as a JSON list, one record a line. */
export function asJson(records: readonly LogRecord[]): string {
  return records.length === 0 ? "[]\n" : `[\n${records.map((record) => JSON.stringify(record)).join(",\n")}\n]\n`;
}

/** Returns a command that gets an address. `-g` takes brackets and braces as they are. */
export function curl(url: string): string {
  return `curl -sg --compressed ${quoted(new URL(url).href)}`;
}

/** Options of `logbraid` by the API's parameters. */
const OPTIONS = new Map([
  ["from", "from"],
  ["to", "to"],
  ["level", "level"],
  ["service", "service"],
  ["logger", "logger"],
  ["host", "host"],
  ["log_uid", "uid"],
]);

/** Returns the `logbraid` command that shows what a view shows. `query` has the API's filters and times. */
export function cli(subject: Subject, query: Iterable<readonly [string, string]>): Command {
  const hasUid = typeof subject !== "string";
  const options: string[] = hasUid ? ["get"] : subject === "tail" ? ["tail", "-f"] : ["search"];
  const positional = hasUid ? [subject.uid] : [];
  for (const [name, value] of query) {
    const option = OPTIONS.get(name);
    const field = /^field\.(.+)$/s.exec(name)?.[1];
    if (subject === "tail" && (name === "from" || name === "to")) continue;
    if (name === "q") positional.push(value);
    else if (name === "follow" && hasUid) options.push("--follow");
    else if (option !== undefined && !(option === "uid" && hasUid)) options.push(`--${option}=${value}`);
    // A comparison such as `status>500` has no value: the option needs `=`.
    else if (field !== undefined && (value !== "" || !/[<>]./.test(field))) options.push(`--field=${field}=${value}`);
    else return { problem: `logbraid has no option for ${value === "" ? name : `${name}=${value}`}.` };
  }
  const words = [...options, ...(positional.some((one) => one.startsWith("-")) ? ["--"] : []), ...positional];
  if (words.some((word) => /[\0\p{Cs}]/u.test(word))) {
    return { problem: "No command can have NUL or half a character in it." };
  }
  return { command: `logbraid ${words.map(quoted).join(" ")}` };
}

/** Quotes a word for sh, bash, zsh and ksh. The word has no NUL: no shell can pass it on. */
export function quoted(word: string): string {
  // zsh reads a word that begins with `=` as a command's path.
  if (/^[\w@%+:,./-][\w@%+=:,./-]*$/.test(word)) return word;
  if (!UNSEEN.test(word)) return `'${word.replaceAll("'", "'\\''")}'`;
  // Terminals act on control characters when they are pasted, so these are spelled: $'…' of bash, zsh, ksh and POSIX 2024.
  const spelled = word.replace(/[\\']/g, "\\$&").replace(UNSEEN_ALL, (character) => octal(character));
  return `$'${spelled}'`;
}

// Control characters, and characters that are not seen or turn the writing direction.
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029]/u;
const UNSEEN_ALL = new RegExp(UNSEEN, "gu");

function octal(character: string): string {
  const bytes = [...new TextEncoder().encode(character)];
  return bytes.map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}

/** Returns the mongosh query for a record. Its day's collection holds it under its id. */
export function mongoshRecord(record: LogRecord, prefix: string = PREFIX): string {
  const id = /^[\da-f]{24}$/.test(record.id) ? `ObjectId("${record.id}")` : literal(record.id);
  return `db.getCollection(${literal(prefix + record.time.slice(0, 10))}).findOne({_id: ${id}})`;
}

/**
 * Returns the mongosh query for the records that carry one of these ids, as their `log_uid` or beside it, of one day or of
 * several (`2026-11-20`).
 */
export function mongoshUids(uids: readonly string[], days: readonly string[], prefix: string = PREFIX): string {
  const [only = "", ...more] = uids.map(literal);
  const wanted = more.length === 0 ? only : `{$in: [${[only, ...more].join(", ")}]}`;
  const find = `.find({$or: [{log_uid: ${wanted}}, {"source.ids": ${wanted}}]}).sort({_id: 1})`;
  const [first = "", ...others] = days;
  if (others.length === 0) return `db.getCollection(${literal(prefix + first)})${find}`;
  return `[${days.map(literal).join(", ")}].flatMap(day => db.getCollection(${literal(prefix)} + day)${find}.toArray())`;
}

const DAY_MS = 86_400_000;

/** Returns the UTC days from a time to another; `undefined` if there are more than `most`. */
export function daysBetween(from: string, to: string, most: number): string[] | undefined {
  const first = Date.parse(`${from.slice(0, 10)}T00:00:00Z`);
  const count = (Date.parse(`${to.slice(0, 10)}T00:00:00Z`) - first) / DAY_MS + 1;
  if (!(count >= 1 && count <= most)) return undefined;
  return Array.from({ length: count }, (_, index) => new Date(first + index * DAY_MS).toISOString().slice(0, 10));
}

/** Writes a text for JavaScript. */
function literal(text: string): string {
  return JSON.stringify(text).replace(UNSEEN_ALL, (character) =>
    [...Array(character.length).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}
