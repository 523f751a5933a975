// What a row says of a record, whatever the record lacks.
import { summary } from "./exception.ts";
import { type LogRecord, text } from "./record.ts";

/** Fields that a row shows in other places, or that say nothing to a reader. */
const ELSEWHERE = new Set([
  "id",
  "time",
  "log_uid",
  "source",
  "service",
  "levelname",
  "levelno",
  "sent",
  "msg",
  "args",
]);
const MOST_FIELDS = 12;
const MOST_VALUE = 120;

/** Returns the text of a row: the message, or the exception's, or else the fields. It is never blank. */
export function headline(record: LogRecord): string {
  const message = record.message;
  if (typeof message === "string" && message.trim() !== "") return message;
  if (message !== undefined && message !== null && typeof message !== "string") return JSON.stringify(message);
  const fields = Object.entries(record)
    .filter(([name]) => !ELSEWHERE.has(name) && name !== "message")
    .slice(0, MOST_FIELDS)
    .map(
      ([name, value]) => `${name}=${(typeof value === "string" ? value : JSON.stringify(value)).slice(0, MOST_VALUE)}`,
    );
  return fields.join(" ") || text(record, "msg") || "(a record without a message and without fields)";
}

/** Returns the root cause that a row shows below its message; `undefined` where the message says it already. */
export function cause(record: LogRecord): string | undefined {
  const found = summary(record);
  return found !== undefined && headline(record).includes(found) ? undefined : found;
}
