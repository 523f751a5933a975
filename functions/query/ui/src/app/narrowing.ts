// What a click on a value changes in the address: only records with this value, or none with it.
import { filterValue, parameterOf } from "./filters.ts";

export type Way = "only" | "not";

/** The types of the API by those of JavaScript. */
const TYPES: Record<string, string> = { string: "string", number: "number", boolean: "bool" };
/** Parameters of the API that take a list with commas. */
const LISTS = ["service", "logger", "host"];

/** Returns the parameters to set; `undefined` where no filter can say the value. */
export function narrowing(
  query: URLSearchParams,
  field: string,
  value: unknown,
  way: Way,
): Record<string, string | string[]> | undefined {
  const wanted = filterValue(value);
  if (wanted === undefined) return undefined;
  const named = parameterOf(field);
  // A value with a comma would be read as two.
  const plain = LISTS.includes(named) && wanted.includes(",") ? `field.${field}` : named;
  const parameter =
    plain.startsWith("field.") && needsType(field, value) ? `${plain}:${TYPES[typeof value] ?? "string"}` : plain;
  if (way === "only") return { [parameter]: wanted };
  const name = parameter === "log_uid" ? "not.field.log_uid" : `not.${parameter}`;
  const known = query.get(name);
  if (known === null || known.split(",").includes(wanted)) return { [name]: wanted };
  return { [name]: LISTS.includes(parameter) ? `${known},${wanted}` : [...query.getAll(name), wanted] };
}

/** Whether only a type says what is meant: the API reads operators before a value, and a type after a colon. */
function needsType(field: string, value: unknown): boolean {
  return field.includes(":") || (typeof value === "string" && /^[=<>~!]/.test(value));
}
