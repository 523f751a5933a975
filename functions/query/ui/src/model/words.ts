// Words that several parts of the page need.

/** Writes a number with its noun: `1 record`, `9 records`. */
export function plural(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
