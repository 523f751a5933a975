// The paths of the views.
import type { Zone } from "../model/time.ts";
import { isExpression } from "./filters.ts";

export const HOME = "/ui/";
export const TRANSACTIONS = "/ui/transactions";
export const LOGS = "/ui/logs";
export const TAIL = "/ui/tail";
export const COMPARE = "/ui/compare";
const TRANSACTION = "/ui/transactions/";

/** Returns the path of a transaction's view. */
export function transactionPath(uid: string): string {
  return TRANSACTION + encodeURIComponent(uid);
}

/**
 * Whether a text is one to search for, as it cannot be a uid: it has spaces, is a regular expression, or only dots, which mean
 * folders in a path. Any other may be a uid: the view of an unknown one offers the search.
 */
export function isText(wanted: string): boolean {
  return /\s/.test(wanted) || isExpression(wanted) || /^\.\.?$/.test(wanted);
}

/** Returns the uid of a transaction's path. */
export function uidOf(path: string): string | undefined {
  if (!path.startsWith(TRANSACTION) || path === TRANSACTION) return undefined;
  const rest = path.slice(TRANSACTION.length);
  try {
    return decodeURIComponent(rest);
  } catch {
    return rest;
  }
}

/** Returns the address of a record in its transaction's view. */
export function recordAddress(uid: string, id: string, zone: Zone): string {
  return `${transactionPath(uid)}?${new URLSearchParams({ record: id, ...(zone === "UTC" ? {} : { zone }) })}`;
}
