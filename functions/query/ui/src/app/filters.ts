// Filters in the address: the same names as in the API, so that a view and its request say the same.
import { wholeWords } from "../model/phrase.ts";

const PLAIN = ["level", "service", "logger", "host", "q", "log_uid", "not.service", "not.logger", "not.host", "not.q"];
const FIELD = /^(not\.)?field\./;

/** Whether a parameter is a filter of the API, apart from the times. */
export function isFilter(name: string): boolean {
  return PLAIN.includes(name) || FIELD.test(name);
}

/** Returns the filters of a query, apart from the times. */
export function filters(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...query].filter(([name]) => isFilter(name)));
}

/**
 * Whether only reading the records answers a search: neither an index nor sketches know what it asks for (docs/query.md, "How
 * long it takes").
 */
export function isScan(query: URLSearchParams): boolean {
  const all = [...filters(query)];
  return all.length > 0 && !all.some(([name, value]) => isLookedUp(name, value));
}

function isLookedUp(name: string, value: string): boolean {
  if (name === "q") return !isExpression(value) && wholeWords(value) > 0;
  if (name === "level") return value === "ERROR" || value === "CRITICAL";
  // Truth values are no words.
  if (/^(true|false)$/.test(value) && /^field\.[^:]*(:bool)?$/s.test(name)) return false;
  return !name.startsWith("not.") && !/^field\..*([!<>]|:exists)$/s.test(name);
}

/** Whether the API takes a text as a regular expression: one between slashes. */
export function isExpression(text: string): boolean {
  return /^\/.+\/i?$/s.test(text);
}

/** Returns the filters and the times `from` and `to`. */
export function filtersAndTimes(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...query].filter(([name]) => isFilter(name) || name === "from" || name === "to"));
}

/** Returns the parameter that also asks for the records of other ids, if the address has it. */
export function following(query: URLSearchParams): { readonly follow?: "1" } {
  return query.get("follow") === "1" ? { follow: "1" } : {};
}

/** The parameter that narrows to a field's value. */
export function parameterOf(field: string): string {
  const own: Record<string, string> = { service: "service", fqdn: "host", name: "logger", log_uid: "log_uid" };
  return Object.hasOwn(own, field) ? (own[field] ?? "") : `field.${field}`;
}

/** Returns the value as a filter writes it; `undefined` where no filter can say it. */
export function filterValue(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return undefined;
}
