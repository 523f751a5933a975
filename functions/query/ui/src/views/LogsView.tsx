// The search: records of all transactions, counts over time, and the commonest values.
import { useCallback, useEffect, useMemo, useRef } from "preact/hooks";
import { get, target } from "../api/client.ts";
import type { Records, Services } from "../api/types.ts";
import { useLaneColours } from "../app/colours.ts";
import { filtersAndTimes, isScan } from "../app/filters.ts";
import { useKeys } from "../app/keys.ts";
import { useLastKnown } from "../app/last-known.ts";
import { listKeys } from "../app/list-keys.ts";
import { address, change, changed, placeOf } from "../app/location.ts";
import { LOGS, recordAddress } from "../app/paths.ts";
import { useRequest } from "../app/request.ts";
import { useIsNarrow } from "../app/screen.ts";
import { useCounts } from "../app/use-counts.ts";
import { usePages } from "../app/use-pages.ts";
import { useReadWhole } from "../app/use-read-whole.ts";
import { viewState } from "../app/view-state.ts";
import type { Order, Times } from "../model/counted.ts";
import { fold } from "../model/fold.ts";
import { drawn, scaled } from "../model/histogram.ts";
import { type Level, levelNamed, severity } from "../model/level.ts";
import { type LogRecord, service, text } from "../model/record.ts";
import { dateTime, micros, rowTime, severalDays, type Zone } from "../model/time.ts";
import { Columns } from "../parts/Columns.tsx";
import { copyLink } from "../parts/clipboard.ts";
import { Facets } from "../parts/Facets.tsx";
import { Failure } from "../parts/Failure.tsx";
import { FilterBar } from "../parts/FilterBar.tsx";
import { HistogramView } from "../parts/HistogramView.tsx";
import { LookFurther } from "../parts/LookFurther.tsx";
import { type Drawing, RecordList } from "../parts/RecordList.tsx";
import { RecordPanel } from "../parts/RecordPanel.tsx";
import { RemoveFilters } from "../parts/RemoveFilters.tsx";
import { rangeOf, TimeChoice } from "../parts/TimeChoice.tsx";
import { WrapButton } from "../parts/WrapButton.tsx";

const LIMIT = "200";
/** How many pages are read to find the record that a link names. */
const PAGES_TO_RECORD = 5;
const MOST_PAGE = 1_000;

/** Returns the first record of a level or above in what comes at an address of the search. */
async function firstOf(next: string, least: Level): Promise<LogRecord | undefined> {
  const [path = "", query = ""] = next.split("?", 2);
  const wanted = new URLSearchParams(query);
  const filter = levelNamed(wanted.get("level"));
  const level = filter && severity(filter) > severity(least) ? filter : least;
  const page = get<Records>(target(path, changed(wanted, { level, limit: "1" })));
  return page.then(
    ({ records }) => records[0],
    () => undefined,
  );
}

/** Says which part of what a search finds is counted. */
function partOf({ from, to }: Times, order: Order, zone: Zone): string {
  return order === "newest" ? `since ${dateTime(micros(from), zone)}` : `until ${dateTime(micros(to), zone)}`;
}

export function LogsView({ query }: { readonly query: URLSearchParams }) {
  const state = useMemo(() => viewState(query), [query]);
  const order = query.get("order") === "oldest" ? "oldest" : "newest";
  const wanted = filtersAndTimes(query);
  const key = target("/logs", changed(wanted, { order: order === "newest" ? null : order, limit: LIMIT }));
  const { first, pages, last, isLoading, more } = usePages<Records>(key);
  const services = useRequest("/services", (address, signal) => get<Services>(address, signal));
  const records = useMemo(() => pages.flatMap((page) => page.records), [first.value, pages.length]);
  const rows = useMemo(() => fold(records, false), [records]);
  const whole = useReadWhole(query, pages, first.isStale);
  const isListed = last?.next === null;
  const isNothing = first.value !== undefined && !first.isStale && records.length === 0 && isListed;
  const { histogram, isStale, source, part } = useCounts(wanted, order, first, records, isListed);
  const range = histogram?.buckets.length ? drawn(histogram, !wanted.has("from")) : undefined;
  const partName = useLastKnown(part && partOf(part, order, state.zone), !first.isStale);
  const facets = <Facets query={query} source={source} zone={state.zone} part={partName} isStale={first.isStale} />;

  const colours = useLaneColours();
  const lane = useCallback((record: LogRecord) => colours(service(record)), [colours]);
  // A time of day is enough while all are of one day, and that is today.
  const days = [Date.now() * 1000, ...[records[0], records.at(-1)].map((one) => micros(one?.time ?? ""))];
  const isDated = severalDays(days.filter(Number.isFinite), state.zone);
  const place = placeOf(query);
  const drawing: Drawing = useMemo(
    () => ({
      when: (record) => rowTime(micros(record.time), state.zone, isDated),
      whenTitle: (record) => `${dateTime(micros(record.time), state.zone)} ${state.zone}`,
      href: (record) => `?${place}record=${record.id}`,
      uidHref: (record) => {
        const uid = text(record, "log_uid");
        return uid === undefined ? undefined : recordAddress(uid, record.id, state.zone);
      },
      lane,
      isWrapped: state.isWrapped,
      isDated,
      columns: state.columns,
    }),
    [place, isDated, state.zone, lane, state.isWrapped, state.columns.join()],
  );
  const choice = rangeOf(query);
  const hasTimes = query.has("from") || query.has("to");
  const isNarrow = useIsNarrow();
  const open = useCallback((record: LogRecord) => change({ record: record.id }, "push"), []);
  // A record that a key found beyond the list, and how many pages there were.
  const sought = useRef({ id: "", pages: 0 });
  const keys = listKeys({
    records,
    selected: state.record,
    newest: "top",
    open: (record) => change({ record: record.id }, "replace"),
    further: async (least) => {
      const found = last?.next ? await firstOf(last.next, least) : undefined;
      if (found) sought.current = { id: found.id, pages: pages.length };
      return found;
    },
  });
  // The list is read on to a record that a key found, or that a link names together with its times.
  const isMissing = state.record !== undefined && !records.some(({ id }) => id === state.record);
  const known = sought.current.id === state.record ? sought.current.pages : 0;
  const isFar = isMissing && (known > 0 || query.has("from")) && !last?.cut;
  useEffect(() => {
    if (isFar && pages.length > 0 && pages.length < known + PAGES_TO_RECORD) more(MOST_PAGE);
  }, [isFar, known, pages.length, more]);
  const close = () => change({ record: null, raw: null });
  const zoomBy = (factor: number) => {
    if (!range) return;
    const open = records.find(({ id }) => id === state.record);
    change(scaled(range, factor, open ? micros(open.time) : (range.from + range.to) / 2));
  };
  useKeys({
    ...keys,
    "+": () => zoomBy(0.5),
    "-": () => zoomBy(2),
    Escape: () => (state.record !== undefined ? close() : window.history.back()),
    r: () => change({ raw: state.isRaw ? null : "1" }, "replace"),
    y: copyLink,
    "0": () => change({ from: null, to: null }),
  });

  return (
    <>
      <h1 class="hidden">Search in all records</h1>
      <FilterBar
        query={query}
        zone={state.zone}
        hasTimes={choice !== undefined}
        services={(services.value?.services ?? []).map((one) => one.service)}
        further={() => facets}
        count={last ? `${records.length.toLocaleString("en")}${last.next ? " and more" : ""}` : ""}
        isCountStale={first.isStale}
      >
        <TimeChoice query={query} range={choice} none="any time" />
        <select
          aria-label="Order"
          value={order}
          onChange={(event) => change({ order: event.currentTarget.value === "newest" ? null : "oldest" })}
        >
          <option value="newest">newest first</option>
          <option value="oldest">oldest first</option>
        </select>
        <WrapButton isWrapped={state.isWrapped} />
        <Columns columns={state.columns} />
      </FilterBar>
      {histogram && range && !isNothing && (
        <HistogramView
          histogram={histogram}
          zone={state.zone}
          range={range}
          isStale={isStale}
          onZoom={(from, to) => change({ from, to })}
        />
      )}
      {first.problem && (
        <Failure
          problem={first.problem}
          shownSince={first.value ? first.at : 0}
          zone={state.zone}
          again={first.again}
          query={query}
        />
      )}
      <div class="split">
        {!isNarrow && facets}
        {isNothing ? (
          <div class="empty">
            <h1>No record matches</h1>
            <p>
              Every day was looked at{hasTimes ? " within these times" : ""}. {whole}
            </p>
            <p>
              {hasTimes && (
                <button type="button" onClick={() => change({ from: null, to: null })}>
                  Look at any time
                </button>
              )}{" "}
              <RemoveFilters query={query} />
            </p>
          </div>
        ) : (
          <RecordList
            rows={rows}
            selected={state.record}
            drawing={drawing}
            onOpen={open}
            hasEarlier={false}
            onEarlier={() => undefined}
            hasLater={last?.next !== null && last?.next !== undefined && !last.cut}
            onLater={() => more()}
            isLoading={isLoading || first.isStale}
            isStale={first.isStale}
          >
            <LookFurther
              page={last}
              isLoading={isLoading || first.isStale}
              zone={state.zone}
              more={() => more()}
              isScan={isScan(query)}
              whole={whole}
            />
          </RecordList>
        )}
        {state.record !== undefined && (
          <RecordPanel
            id={state.record}
            state={state}
            lane={lane}
            close={close}
            move={(by) => (by === 1 ? keys.j?.() : keys.k?.())}
            href={(record) => address(LOGS, changed(query, { record: record.id }))}
          />
        )}
      </div>
    </>
  );
}
