// Folding: many records in a row that say the same become one row with their number. What matters is never folded:
// warnings and worse, exceptions, and records without a message.
import { exceptionText } from "./exception.ts";
import { type Level, level, severity } from "./level.ts";
import { type LogRecord, service, text } from "./record.ts";

/** A row of a list: a record, or records that are folded. */
export type Row =
  | { readonly kind: "record"; readonly record: LogRecord }
  | {
      readonly kind: "fold";
      readonly records: readonly LogRecord[];
      readonly template: string;
      readonly level: Level;
      readonly service: string | null;
    };

/** So many records in a row are folded. */
export const MIN_FOLD = 3;

/** Stands for what differs between messages. */
const MASK = "#";
// UUIDs, hexadecimal and decimal numbers. An id of hexadecimal digits may have no letter, so all have the same mask.
const VARIES =
  /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|(?<![\da-z])(?:0x[\da-f]+|[\da-f]{6,})(?![\da-z])|(?:(?<![\da-z])[-+])?\d+(?:[.,:]\d+)*/gi;

/** Returns what records of one place in a program have in common: the text before its arguments are put in. */
export function template(record: LogRecord): string {
  const { args } = record;
  const hasArguments = typeof args === "object" && args !== null && Object.keys(args).length > 0;
  const msg = text(record, "msg");
  if (hasArguments && msg !== undefined) return msg;
  const message = text(record, "message") ?? msg ?? "";
  // A word such as `facade` has hexadecimal digits only.
  return message.replace(VARIES, (part) => (/\d/.test(part) ? MASK : part));
}

/** Returns the rows of records. */
export function fold(records: readonly LogRecord[], isFolding: boolean): Row[] {
  return append([], records, isFolding);
}

/** Returns the rows with further records after them, as if all were folded at once. Only the end of `rows` is read. */
export function append(rows: readonly Row[], records: readonly LogRecord[], isFolding: boolean): Row[] {
  if (!isFolding) return [...rows, ...records.map((record): Row => ({ kind: "record", record }))];
  const all = [...rows];
  let run = lastRun(all);
  for (const record of records) {
    const sort = sortOf(record);
    if (sort === undefined || run === undefined || !isEqual(sort, run.sort)) {
      pushRun(all, run);
      run = sort && { sort, records: [] };
    }
    if (run === undefined) all.push({ kind: "record", record });
    else run.records.push(record);
  }
  pushRun(all, run);
  return all;
}

/** What the records of a fold have in common. */
type Sort = { readonly service: string | null; readonly level: Level; readonly template: string };
type Run = { readonly sort: Sort; readonly records: LogRecord[] };

/** Returns what a record has in common with others; `undefined` if it must not be folded. */
function sortOf(record: LogRecord): Sort | undefined {
  const sort = { service: service(record), level: level(record), template: template(record) };
  const isPlain =
    severity(sort.level) < severity("WARNING") && sort.template !== "" && exceptionText(record) === undefined;
  return isPlain ? sort : undefined;
}

function isEqual(a: Sort, b: Sort): boolean {
  return a.service === b.service && a.level === b.level && a.template === b.template;
}

/** Takes the last run of equal records off the rows. */
function lastRun(rows: Row[]): Run | undefined {
  let run: Run | undefined;
  for (let last = rows.at(-1); last !== undefined; last = rows.at(-1)) {
    const sort = last.kind === "fold" ? last : sortOf(last.record);
    if (sort === undefined || (run !== undefined && !isEqual(sort, run.sort))) return run;
    const records = last.kind === "fold" ? last.records : [last.record];
    run = { sort: run?.sort ?? sort, records: [...records, ...(run?.records ?? [])] };
    rows.pop();
    // Folded records end a run: an equal one before them would be folded too.
    if (last.kind === "fold") return run;
  }
  return run;
}

function pushRun(rows: Row[], run: Run | undefined): void {
  if (run === undefined) return;
  const { service, level, template } = run.sort;
  if (run.records.length >= MIN_FOLD) rows.push({ kind: "fold", records: run.records, template, level, service });
  else for (const record of run.records) rows.push({ kind: "record", record });
}
