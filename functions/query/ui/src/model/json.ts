// What the JSON viewer draws of a value: the rows of all that is open. Nothing here recurses, so depth costs nothing, and
// objects are only read, so a key such as `__proto__` is a key like any other.

/** An object or a list. */
export type Container = Readonly<Record<string, unknown>> | readonly unknown[];

/** A row: an entry of a container, or the rest of one that has too many entries to be drawn at once. */
export type JsonRow =
  | {
      readonly kind: "entry";
      readonly depth: number;
      readonly key: string;
      readonly value: unknown;
      readonly isOpen: boolean;
      /** The entry's name in `field.NAME`; `undefined` where a search cannot name it. */
      readonly path: string | undefined;
    }
  | { readonly kind: "more"; readonly depth: number; readonly of: Container | Root; readonly hidden: number };

/** The whole value: it may be a new object each time it is drawn. */
export const ROOT = "root";
export type Root = typeof ROOT;

/** Which containers are open, and how many entries are drawn of those where the reader asked for more. */
export type Opened = { readonly open: ReadonlySet<Container>; readonly drawn: ReadonlyMap<Container | Root, number> };

/** How many entries of a container are drawn at once. */
export const STEP = 100;
/** How long the beginning of a closed container is. */
const MAX_PREVIEW = 80;

export function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}

/** Returns how many entries a container has. */
export function size(container: Container): number {
  return Array.isArray(container) ? container.length : Object.keys(container).length;
}

/** Returns the rows of a container's entries, of the open containers in it, and so on. */
export function jsonRows(root: Container, { open, drawn }: Opened): JsonRow[] {
  const rows: JsonRow[] = [];
  const stack = [level(root, ROOT, 0, "", drawn)];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const entry = top.entries[top.next++];
    if (entry === undefined) {
      if (top.hidden > 0) rows.push({ kind: "more", depth: top.depth, of: top.of, hidden: top.hidden });
      stack.pop();
      continue;
    }
    const [key, value] = entry;
    const path = pathOf(top, key, value);
    const isOpen = isContainer(value) && open.has(value);
    rows.push({ kind: "entry", depth: top.depth, key, value, isOpen, path });
    if (isOpen) stack.push(level(value, value, top.depth + 1, path, drawn));
  }
  return rows;
}

type Level = {
  readonly container: Container;
  readonly of: Container | Root;
  readonly depth: number;
  readonly path: string | undefined;
  readonly entries: readonly (readonly [string, unknown])[];
  readonly hidden: number;
  next: number;
};

function level(
  container: Container,
  of: Container | Root,
  depth: number,
  path: string | undefined,
  drawn: Opened["drawn"],
): Level {
  const entries = firstEntries(container, drawn.get(of) ?? STEP);
  return { container, of, depth, path, entries, hidden: size(container) - entries.length, next: 0 };
}

/** Returns an entry's name for a search. An element has the name of its list: a search looks at all of them. */
function pathOf({ container, path }: Level, key: string, value: unknown): string | undefined {
  if (!Array.isArray(container))
    return path === undefined || key === "" ? undefined : path === "" ? key : `${path}.${key}`;
  return Array.isArray(value) ? undefined : path;
}

function firstEntries(container: Container, limit: number): [string, unknown][] {
  if (Array.isArray(container)) return container.slice(0, limit).map((value, index) => [String(index), value]);
  return Object.entries(container).slice(0, limit);
}

/** Returns the beginning of a container as JSON, of a length that fits a row. */
export function preview(container: Container): string {
  const isList = Array.isArray(container);
  let text = isList ? "[" : "{";
  for (const [key, value] of firstEntries(container, MAX_PREVIEW)) {
    if (text.length > 1) text += ", ";
    if (!isList) text += `${key.slice(0, MAX_PREVIEW)}: `;
    if (isContainer(value)) text += Array.isArray(value) ? "[…]" : "{…}";
    else text += JSON.stringify(typeof value === "string" ? value.slice(0, MAX_PREVIEW) : value) ?? "";
    if (text.length > MAX_PREVIEW) return `${text.slice(0, MAX_PREVIEW).replace(/[\ud800-\udbff]$/, "")}…`;
  }
  return text + (isList ? "]" : "}");
}

/** Returns a value as text to copy: a text as it is, anything else as JSON. */
export function copied(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value, null, 2) ?? "";
  } catch {
    // JSON.stringify recurses, so it fails at a depth of several thousand.
    return "";
  }
}
