// Reads the records of a transaction for a comparison: up to a limit, which the view names when it was reached.
import { get, target } from "../api/client.ts";
import type { Records } from "../api/types.ts";
import type { LogRecord } from "../model/record.ts";

/** More records than this are not compared. */
export const MOST_COMPARED = 20_000;
const FIELDS = "log_uid,service,levelname,levelno,message,msg,args,exc_text,exc_info";

export type Loaded = { readonly records: readonly LogRecord[]; readonly isWhole: boolean };

export async function loadTransaction(uid: string, signal: AbortSignal): Promise<Loaded> {
  const records: LogRecord[] = [];
  let next: string | null = target(`/transactions/${encodeURIComponent(uid)}`, { fields: FIELDS });
  while (next !== null && records.length < MOST_COMPARED) {
    const page: Records = await get<Records>(next, signal);
    records.push(...page.records);
    next = page.next;
  }
  return { records: records.slice(0, MOST_COMPARED), isWhole: next === null && records.length <= MOST_COMPARED };
}
