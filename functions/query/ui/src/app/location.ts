// The address bar holds all state of a view. This module reads and writes it.
import { useEffect, useState } from "preact/hooks";
import { BASE } from "./base.ts";

/** A path and its query. */
export type Place = { readonly path: string; readonly query: URLSearchParams };

const CHANGED = "logbraid:place";

/** In an exported file, the place is kept here: a file has no path of its own, and no history. */
let inFile: string | undefined;

/** Keeps the place in memory from now on, beginning with this one. */
export function startInFile(start: string): void {
  inFile = start;
}

/** The address within the page. */
function current(): string {
  return inFile ?? window.location.pathname.slice(BASE.length) + window.location.search;
}

function here(): Place {
  const [path = "", query = ""] = current().split("?", 2);
  return { path, query: new URLSearchParams(query) };
}

/** Returns the query of the current place. */
export function query(): URLSearchParams {
  return here().query;
}

/** Returns the path of the current place. */
export function path(): string {
  return here().path;
}

/** Goes to an address of the page. `replace` leaves no entry in the history. */
export function go(address: string, how: "push" | "replace" = "push"): void {
  if (address === current()) return;
  if (inFile !== undefined) inFile = address;
  else if (how === "push") window.history.pushState(null, "", BASE + address);
  else window.history.replaceState(null, "", BASE + address);
  window.dispatchEvent(new Event(CHANGED));
}

/** Returns the current place, and renders again when it changes. */
export function usePlace(): Place {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const update = () => setPlace(here());
    window.addEventListener("popstate", update);
    window.addEventListener(CHANGED, update);
    return () => {
      window.removeEventListener("popstate", update);
      window.removeEventListener(CHANGED, update);
    };
  }, []);
  return place;
}

/** What to change in a query: a text sets a parameter, `null` removes it, a list sets it several times. */
export type Changes = Readonly<Record<string, string | readonly string[] | null>>;

/** Returns the query with changes. */
export function changed(query: URLSearchParams, changes: Changes): URLSearchParams {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    next.delete(name);
    if (value === null) continue;
    for (const each of typeof value === "string" ? [value] : value) next.append(name, each);
  }
  return next;
}

/** Returns what of a query comes before `record=` in a record's link. It is the same whatever record is open. */
export function placeOf(query: URLSearchParams): string {
  const rest = changed(query, { record: null, raw: null }).toString();
  return rest === "" ? "" : `${rest}&`;
}

/** Joins a path and a query. */
export function address(path: string, query: URLSearchParams): string {
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** Changes the query of the current place. */
export function change(changes: Changes, how: "push" | "replace" = "push"): void {
  const { path, query } = here();
  go(address(path, changed(query, changes)), how);
}

/** Whether a click on a link is for this page, not for a new tab or window. */
export function isPlainClick(event: MouseEvent): boolean {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}
