// Which transactions there were: the newest, those with errors, the slowest.
import { get, target } from "../api/client.ts";
import type { Levels, Services, Transactions } from "../api/types.ts";
import { filtersAndTimes } from "../app/filters.ts";
import { useKeys } from "../app/keys.ts";
import { address, change, changed, go } from "../app/location.ts";
import { transactionPath } from "../app/paths.ts";
import { useRequest } from "../app/request.ts";
import { useTableKeys } from "../app/table-keys.ts";
import { usePages } from "../app/use-pages.ts";
import { viewState } from "../app/view-state.ts";
import { type Level, severity } from "../model/level.ts";
import { dateTime, duration, micros, type Zone } from "../model/time.ts";
import { copyLink } from "../parts/clipboard.ts";
import { Failure } from "../parts/Failure.tsx";
import { FilterBar } from "../parts/FilterBar.tsx";
import { LevelMark } from "../parts/LevelMark.tsx";
import { Link } from "../parts/Link.tsx";
import { LookFurther } from "../parts/LookFurther.tsx";
import { type Column, Table } from "../parts/Table.tsx";
import { rangeOf, TimeChoice } from "../parts/TimeChoice.tsx";
import { Visible } from "../parts/Visible.tsx";

const LIMIT = "50";
/** How many services a row names. */
const MOST_SERVICES = 5;
const METER_WIDTH = 100;
const METER_HEIGHT = 10;
const COLUMNS: readonly Column[] = [
  { name: "started" },
  { name: "transaction" },
  { name: "took", isNumber: true },
  { name: "share of the longest", isNameless: true },
  { name: "records", isNumber: true },
  { name: "services" },
  { name: "what went wrong" },
];

type Transaction = Transactions["transactions"][number];

export function TransactionsView({ query }: { readonly query: URLSearchParams }) {
  const { zone } = viewState(query);
  const sort = query.get("sort") === "slowest" ? "slowest" : "newest";
  const key = target(
    "/transactions",
    changed(filtersAndTimes(query), { sort: sort === "newest" ? null : sort, limit: LIMIT }),
  );
  const { first, pages, last, isLoading, more } = usePages<Transactions>(key);
  const services = useRequest("/services", (wanted, signal) => get<Services>(wanted, signal));
  const range = rangeOf(query);
  const all = pages.flatMap((page) => page.transactions);
  const longest = Math.max(0.001, ...all.map((one) => one.duration_ms));

  const { at, actions } = useTableKeys(all.length, (index) => {
    const one = all[index];
    if (one) go(withZone(transactionPath(one.log_uid), zone));
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
      <div class="page">
        {first.value && all.length === 0 && (
          <div class="empty">
            <h2>No transactions</h2>
            <p>
              {query.has("from") ? "No transaction matches these filters." : "None in the last 24 hours matches."}{" "}
              <button type="button" onClick={() => change({ from: "-7d" })}>
                Look back 7 days
              </button>
            </p>
          </div>
        )}
        {all.length > 0 && (
          <Table columns={COLUMNS}>
            {all.map((one, index) => (
              <TransactionRow key={one.log_uid} one={one} zone={zone} longest={longest} isAt={index === at} />
            ))}
          </Table>
        )}
        <LookFurther page={last} isLoading={isLoading} zone={zone} more={() => more()} />
      </div>
    </>
  );
}

type RowProps = {
  readonly one: Transaction;
  readonly zone: Zone;
  readonly longest: number;
  readonly isAt: boolean;
};

function TransactionRow({ one, zone, longest, isAt }: RowProps) {
  const more = one.services.length - MOST_SERVICES;
  return (
    <tr aria-current={isAt ? "true" : undefined}>
      <td class="soft nowrap">{dateTime(micros(one.started), zone)}</td>
      <td class="mono uid">
        <Link to={withZone(transactionPath(one.log_uid), zone)}>
          <Visible text={one.log_uid} limit={48} rest="length" />
        </Link>
      </td>
      <td class="number">{duration(one.duration_ms * 1000)}</td>
      <td>
        <Meter share={one.duration_ms / longest} />
      </td>
      <td class="number" data-unit={one.record_count === 1 ? "record" : "records"}>
        {one.record_count.toLocaleString("en")}
      </td>
      <td>
        {one.services.slice(0, MOST_SERVICES).map((name, index) => (
          <span key={name}>
            {index > 0 && ", "}
            <Visible text={name} limit={40} rest="length" />
          </span>
        ))}
        {more > 0 && <span class="soft"> and {more.toLocaleString("en")} more</span>}
      </td>
      <td>
        {bad(one.levels).map(([level, count]) => (
          <span key={level}>
            <LevelMark level={level} count={count} />{" "}
          </span>
        ))}
        {one.first_error && <Visible text={one.first_error.message ?? "an error without a message"} limit={120} />}
      </td>
    </tr>
  );
}

function Meter({ share }: { readonly share: number }) {
  return (
    <svg class="meter" viewBox={`0 0 ${METER_WIDTH} ${METER_HEIGHT}`} aria-hidden="true">
      <rect class="back" width={METER_WIDTH} height={METER_HEIGHT} rx="2" />
      <rect width={Math.max(1, share * METER_WIDTH)} height={METER_HEIGHT} rx="2" />
    </svg>
  );
}

function bad(levels: Levels): [Level, number][] {
  return (Object.entries(levels) as [Level, number][])
    .filter(([level]) => severity(level) >= severity("WARNING"))
    .sort(([a], [b]) => severity(b) - severity(a));
}

function withZone(path: string, zone: Zone): string {
  return address(path, new URLSearchParams(zone === "UTC" ? "" : { zone }));
}
