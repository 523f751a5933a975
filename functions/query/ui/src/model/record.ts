// A log record as the API returns it, and what the page reads from it.

/** A log record. Every field but these two is as the sender wrote it, so nothing is known of it. */
export type LogRecord = { readonly id: string; readonly time: string; readonly [field: string]: unknown };

/** Returns the field if it is a text. */
export function text(record: LogRecord, field: string): string | undefined {
  const value = record[field];
  return typeof value === "string" ? value : undefined;
}

/** Returns the record's service; `null` if it has none. */
export function service(record: LogRecord): string | null {
  return text(record, "service") ?? null;
}

/** Returns the time of arrival at the stream. */
export function arrived(record: LogRecord): string | undefined {
  const source = record.source;
  if (typeof source !== "object" || source === null || !("arrived" in source)) return undefined;
  return typeof source.arrived === "string" ? source.arrived : undefined;
}

/** Returns a field by its name, or by a path with dots. */
export function fieldAt(record: LogRecord, path: string): unknown {
  if (Object.hasOwn(record, path)) return record[path];
  let value: unknown = record;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
