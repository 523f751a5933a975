// Which transactions mention a text that is no uid, such as the number of an order. Searched at once, over all days.
import { get, target } from "../api/client.ts";
import type { Transactions } from "../api/types.ts";
import { isExpression } from "../app/filters.ts";
import { address } from "../app/location.ts";
import { TRANSACTIONS } from "../app/paths.ts";
import { useRequest } from "../app/request.ts";
import { useReadWhole } from "../app/use-read-whole.ts";
import { dateTime, micros, type Zone } from "../model/time.ts";
import { Link } from "./Link.tsx";
import { ANY_TIME } from "./TimeChoice.tsx";
import { TransactionTable } from "./TransactionTable.tsx";

/** How many are shown. */
const LIMIT = 5;
/** The longest text that `q` takes. */
export const MAX_CHARS = 200;

export function Mentions({ text, zone }: { readonly text: string; readonly zone: Zone }) {
  const key = isSearchable(text) ? target("/transactions", { q: text, from: ANY_TIME, limit: String(LIMIT) }) : null;
  const { value, problem, isLoading } = useRequest(key, (wanted, signal) => get<Transactions>(wanted, signal));
  const whole = useReadWhole(new URLSearchParams({ q: text }), value ? [value] : [], false);
  // It is more than was asked for, so a failure is not told.
  if (key === null || (problem && !value)) return null;
  if (!value && !isLoading) return null;
  const { transactions = [], cut = null, next = null } = value ?? {};
  const reached = cut ? `Looked back to ${dateTime(micros(cut.reached), zone)}; time was up.` : "";
  return (
    <section class="page mentions" aria-busy={!value}>
      <h2>{heading(value && transactions.length, cut !== null)}</h2>
      {transactions.length > 0 && <TransactionTable transactions={transactions} zone={zone} />}
      {whole !== undefined && <p class="soft">{whole}</p>}
      {next !== null && (
        <p class="soft">
          {reached || "These are the newest."}{" "}
          <Link to={address(TRANSACTIONS, new URLSearchParams({ q: text, from: ANY_TIME }))}>Look further</Link>
        </p>
      )}
    </section>
  );
}

function heading(found: number | undefined, isCut: boolean): string {
  if (found === undefined) return "Looking for transactions that mention it …";
  if (found > 0) return "Transactions that mention it";
  return isCut ? "No transaction that mentions it was found yet" : "No transaction mentions it";
}

/** Whether `q` takes a text as words, not as a regular expression. */
function isSearchable(text: string): boolean {
  return text.length <= MAX_CHARS && !isExpression(text);
}
