// Stands for the API in an exported file: answers from the records in the file.
import { level, levelNamed, severity } from "../model/level.ts";
import { outlineOf } from "../model/outline.ts";
import { phrase } from "../model/phrase.ts";
import { fieldAt, type LogRecord, text } from "../model/record.ts";
import { micros } from "../model/time.ts";
import { Problem } from "./problem.ts";
import type { Completeness, Outline } from "./types.ts";

/** What an exported file holds. */
export type Exported = {
  readonly uid: string;
  readonly exported: string;
  readonly completeness: Completeness;
  readonly records: readonly LogRecord[];
};

/** The element that holds the data of an exported file. */
export const DATA_ELEMENT = "logbraid-data";

/** Returns the data of an exported file; `undefined` on an ordinary page. */
export function exported(): Exported | undefined {
  const element = document.getElementById(DATA_ELEMENT);
  return element ? (JSON.parse(element.textContent ?? "") as Exported) : undefined;
}

/** Answers a request as the API would. */
export function answer(data: Exported, target: string): unknown {
  const [path = "", queryText = ""] = target.split("?", 2);
  const query = new URLSearchParams(queryText);
  const own = `/transactions/${encodeURIComponent(data.uid)}`;
  if (path.startsWith("/logs/")) return surroundings(data, path.slice("/logs/".length));
  const records = data.records.filter(matcher(query));
  if (path === `${own}/outline`) {
    const by = (query.get("by") ?? "service") as Outline["by"];
    const outline = outlineOf(data.uid, records, by, Number(query.get("bins") ?? 200), data.completeness);
    if (outline) return outline;
  }
  if (path === own && records.length > 0) return { records, next: null, cut: null };
  throw new Problem({
    type: "/problems/unknown-transaction",
    title: "Not in this file",
    status: 404,
    detail: "This file holds one transaction only.",
  });
}

function surroundings(data: Exported, id: string): unknown {
  const record = data.records.find((one) => one.id === id);
  if (record) return { record, process: null, service: null };
  throw new Problem({
    type: "/problems/unknown-record",
    title: "Not in this file",
    status: 404,
    detail: "This file does not hold the record.",
  });
}

type Test = (record: LogRecord) => boolean;

/** The filters that the exported page offers, as the API means them. What it does not know, it refuses. */
function matcher(query: URLSearchParams): Test {
  const tests = [...query].map(([name, value]) => {
    const isNot = name.startsWith("not.");
    const own = test(isNot ? name.slice("not.".length) : name, value);
    return isNot ? (record: LogRecord) => !own(record) : own;
  });
  return (record) => tests.every((one) => one(record));
}

/** Parameters that say how the answer is to be written. The file has all of it. */
const FORM = ["fields", "limit", "bins", "by"];

function test(name: string, value: string): Test {
  if (FORM.includes(name)) return () => true;
  switch (name) {
    case "from":
      return (record) => micros(record.time) >= micros(value);
    case "to":
      return (record) => micros(record.time) < micros(value);
    case "after":
      return (record) => record.id > value;
    case "level": {
      const least = severity(levelNamed(value) ?? "NOTSET");
      return (record) => severity(level(record)) >= least;
    }
    case "service":
      return oneOf("service", value);
    case "host":
      return oneOf("fqdn", value);
    case "logger":
      return logger(value);
    case "log_uid":
      return (record) => record.log_uid === value;
    case "q":
      return search(value);
  }
  if (name.startsWith("field.")) return field(name.slice("field.".length), value);
  throw new Problem({
    type: "/problems/bad-parameter",
    title: "Not in this file",
    status: 400,
    detail: `A file does not know the filter ${name}.`,
  });
}

function oneOf(name: string, values: string): Test {
  const wanted = values.split(",");
  return (record) => wanted.includes(text(record, name) ?? "");
}

/** The loggers, and all below them. */
function logger(values: string): Test {
  const wanted = values.split(",");
  return (record) => {
    const name = text(record, "name") ?? "";
    return wanted.some((one) => name === one || name.startsWith(`${one}.`));
  };
}

/** Words in any field, or a regular expression in the message and the exception. */
function search(words: string): Test {
  const pattern = /^\/(.+)\/(i?)$/s.exec(words);
  if (!pattern) return phrase(words);
  const expression = new RegExp(pattern[1] ?? "", `${pattern[2]}u`);
  return (record) => ["message", "exc_text", "exc_info"].some((name) => expression.test(text(record, name) ?? ""));
}

/** `field.NAME=value`, `field.NAME:string=value`, `field.NAME:exists=true`, `field.NAME!=value`, `field.NAME>=value` and the like. */
function field(name: string, value: string): Test {
  const [, typed = name, operator = ""] = /^(.*?)(!|[<>])$/s.exec(name) ?? [];
  if (name.endsWith(":exists")) {
    const present = name.slice(0, -":exists".length);
    return (record) => (fieldAt(record, present) !== undefined) === (value === "true");
  }
  const path = typed.replace(/:(string|number|bool)$/, "");
  return (record) => {
    const found = fieldAt(record, path);
    const all = Array.isArray(found) ? found : [found];
    const isEqual = all.some((one) => String(one) === value && one !== undefined);
    if (operator === "!") return !isEqual;
    if (operator === "") return isEqual;
    return all.some(
      (one) => typeof one === "number" && (operator === ">" ? one >= Number(value) : one <= Number(value)),
    );
  };
}
