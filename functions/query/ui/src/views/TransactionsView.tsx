// Which transactions there were: the newest, those with errors, the slowest.
import { get, target } from "../api/client.ts";
import type { Services, Transactions } from "../api/types.ts";
import { filters, filtersAndTimes, isScan } from "../app/filters.ts";
import { useKeys } from "../app/keys.ts";
import { change, changed, go } from "../app/location.ts";
import { useRequest } from "../app/request.ts";
import { useTableKeys } from "../app/table-keys.ts";
import { usePages } from "../app/use-pages.ts";
import { useReadWhole } from "../app/use-read-whole.ts";
import { viewState } from "../app/view-state.ts";
import { copyLink } from "../parts/clipboard.ts";
import { Failure } from "../parts/Failure.tsx";
import { FilterBar } from "../parts/FilterBar.tsx";
import { LookFurther } from "../parts/LookFurther.tsx";
import { RemoveFilters } from "../parts/RemoveFilters.tsx";
import { choiceAnd, rangeOf, TimeChoice } from "../parts/TimeChoice.tsx";
import { TransactionTable, transactionAddress } from "../parts/TransactionTable.tsx";

const LIMIT = "50";
/** What the API looks at where no beginning is named. */
const DEFAULT_RANGE = "-24h";

export function TransactionsView({ query }: { readonly query: URLSearchParams }) {
  const { zone } = viewState(query);
  const sort = query.get("sort") === "slowest" ? "slowest" : "newest";
  const key = target(
    "/transactions",
    changed(filtersAndTimes(query), { sort: sort === "newest" ? null : sort, limit: LIMIT }),
  );
  const { first, pages, last, isLoading, more } = usePages<Transactions>(key);
  const whole = useReadWhole(query, pages, first.isStale);
  const services = useRequest("/services", (wanted, signal) => get<Services>(wanted, signal));
  const range = rangeOf(query);
  const { label, longer } = choiceAnd(query.has("from") || query.has("to") ? range : DEFAULT_RANGE);
  const all = pages.flatMap((page) => page.transactions);

  const { at, actions } = useTableKeys(all.length, (index) => {
    const one = all[index];
    if (one) go(transactionAddress(one.log_uid, zone));
  });
  useKeys({ ...actions, y: copyLink, Escape: () => window.history.back() });

  return (
    <>
      <h1 class="hidden">Transactions</h1>
      <FilterBar
        query={query}
        zone={zone}
        hasTimes={range !== undefined}
        services={(services.value?.services ?? []).map(({ service }) => service)}
      >
        <TimeChoice query={query} range={range} none="last 24 hours" />
        <select
          aria-label="Order"
          value={sort}
          onChange={(event) => change({ sort: event.currentTarget.value === "newest" ? null : "slowest" })}
        >
          <option value="newest">newest first</option>
          <option value="slowest">slowest first</option>
        </select>
        <button type="button" onClick={first.again}>
          Reload
        </button>
      </FilterBar>
      {first.problem && (
        <Failure
          problem={first.problem}
          shownSince={first.value ? first.at : 0}
          zone={zone}
          again={first.again}
          query={query}
        />
      )}
      <div class="page" aria-busy={first.isStale}>
        {first.value && !first.isStale && all.length === 0 && last?.next === null && (
          <div class="empty">
            <h2>No transactions</h2>
            <p>
              {longer === undefined
                ? "Every day was looked at."
                : `None within ${label === undefined ? "these times" : `the ${label}`} matches.`}{" "}
              {whole}
            </p>
            <p>
              {longer && (
                <button type="button" onClick={() => change({ from: longer[0], to: null })}>
                  Look at {longer[1] === "any time" ? longer[1] : `the ${longer[1]}`}
                </button>
              )}{" "}
              {filters(query).toString() !== "" && <RemoveFilters query={query} />}
            </p>
          </div>
        )}
        {all.length > 0 && <TransactionTable transactions={all} zone={zone} at={at} />}
        {(all.length > 0 || isLoading || last?.next !== null) && (
          <LookFurther
            page={last}
            isLoading={isLoading || first.isStale}
            zone={zone}
            more={() => more()}
            isScan={isScan(query)}
            whole={whole}
          />
        )}
      </div>
    </>
  );
}
