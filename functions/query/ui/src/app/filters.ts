// Filters in the address: the same names as in the API, so that a view and its request say the same.

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
