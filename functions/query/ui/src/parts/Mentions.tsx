// Which transactions mention a text that is no uid, such as the number of an order. Searched at once, over all days.
import { get, target } from "../api/client.ts";
import type { Transactions } from "../api/types.ts";
import { useRequest } from "../app/request.ts";
import { dateTime, micros, type Zone } from "../model/time.ts";
import { TransactionTable } from "./TransactionTable.tsx";

/** How many are shown. */
const LIMIT = 5;
/** They may be of any day. */
const FIRST_DAY = "1970-01-01";
/** The longest text that `q` takes. */
const MAX_CHARS = 200;

export function Mentions({ text, zone }: { readonly text: string; readonly zone: Zone }) {
  const key = isSearchable(text) ? target("/transactions", { q: text, from: FIRST_DAY, limit: String(LIMIT) }) : null;
  const { value, problem, isLoading } = useRequest(key, (wanted, signal) => get<Transactions>(wanted, signal));
  // It is more than was asked for, so a failure is not told.
  if (key === null || (problem && !value)) return null;
  if (!value && !isLoading) return null;
  const { transactions = [], cut = null, next = null } = value ?? {};
  const reached = cut ? `Looked back to ${dateTime(micros(cut.reached), zone)}; time was up.` : "";
  return (
    <section class="page mentions" aria-busy={!value}>
      <h2>{heading(value && transactions.length)}</h2>
      {transactions.length > 0 && <TransactionTable transactions={transactions} zone={zone} />}
      {(reached || next !== null) && <p class="soft">{reached || "These are the newest."}</p>}
    </section>
  );
}

function heading(found: number | undefined): string {
  if (found === undefined) return "Looking for transactions that mention it …";
  return found === 0 ? "No transaction mentions it" : "Transactions that mention it";
}

/** Whether `q` takes a text as words, not as a regular expression. */
function isSearchable(text: string): boolean {
  return text.length <= MAX_CHARS && !text.startsWith("/");
}
