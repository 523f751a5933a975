// The search: records of all transactions, counts over time, and the commonest values.
import { useCallback, useEffect, useMemo } from "preact/hooks";
import { get, target } from "../api/client.ts";
import type { Histogram, Records, Services } from "../api/types.ts";
import { useLaneColours } from "../app/colours.ts";
import { filtersAndTimes } from "../app/filters.ts";
import { useKeys } from "../app/keys.ts";
import { address, change, changed, placeOf } from "../app/location.ts";
import { narrow } from "../app/narrow.ts";
import { LOGS, recordAddress } from "../app/paths.ts";
import { useRequest } from "../app/request.ts";
import { usePages } from "../app/use-pages.ts";
import { viewState } from "../app/view-state.ts";
import { fold } from "../model/fold.ts";
import { type LogRecord, service, text } from "../model/record.ts";
import { dateTime, day, micros, timeOfDay } from "../model/time.ts";
import { Columns } from "../parts/Columns.tsx";
import { copyLink } from "../parts/clipboard.ts";
import { Facets } from "../parts/Facets.tsx";
import { Failure } from "../parts/Failure.tsx";
import { FilterBar } from "../parts/FilterBar.tsx";
import { HistogramView } from "../parts/HistogramView.tsx";
import { LookFurther } from "../parts/LookFurther.tsx";
import { type Drawing, RecordList } from "../parts/RecordList.tsx";
import { RecordPanel } from "../parts/RecordPanel.tsx";
import { rangeOf, TimeChoice } from "../parts/TimeChoice.tsx";
import { WrapButton } from "../parts/WrapButton.tsx";

const LIMIT = "200";
/** How many pages are read to find the record that a link names. */
const PAGES_TO_RECORD = 5;
const MOST_PAGE = 1_000;
export function LogsView({ query }: { readonly query: URLSearchParams }) {
  const state = useMemo(() => viewState(query), [query]);
  const order = query.get("order") === "oldest" ? "oldest" : "newest";
  const wanted = filtersAndTimes(query);
  const key = target("/logs", changed(wanted, { order: order === "newest" ? null : order, limit: LIMIT }));
  const { first, pages, last, isLoading, more } = usePages<Records>(key);
  const histogram = useRequest(target("/histogram", wanted), (address, signal) => get<Histogram>(address, signal));
  const services = useRequest("/services", (address, signal) => get<Services>(address, signal));
  const records = useMemo(() => pages.flatMap((page) => page.records), [first.value, pages.length]);
  const rows = useMemo(() => fold(records, false), [records]);

  const colours = useLaneColours();
  const lane = useCallback((record: LogRecord) => colours(service(record)), [colours]);
  // A time of day is enough while all are of one day, and that is today.
  const days = [Date.now() * 1000, ...[records[0], records.at(-1)].map((one) => micros(one?.time ?? ""))];
  const isDated = new Set(days.filter(Number.isFinite).map((us) => day(us, state.zone))).size > 1;
  const place = placeOf(query);
  const drawing: Drawing = useMemo(
    () => ({
      when: (record) => {
        const us = micros(record.time);
        return `${isDated ? `${day(us, state.zone)} ` : ""}${timeOfDay(us, state.zone, 3)}`;
      },
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
  const range = rangeOf(query);
  const open = useCallback((record: LogRecord) => change({ record: record.id }, "push"), []);
  const at = records.findIndex((record) => record.id === state.record);
  const step = (by: 1 | -1) => {
    const next = records[at === -1 ? 0 : at + by];
    if (next) change({ record: next.id }, "replace");
  };
  // A link to a record and what was around it shows the record in the list.
  const isFar = state.record !== undefined && at === -1 && query.has("from") && !last?.cut;
  useEffect(() => {
    if (isFar && pages.length > 0 && pages.length < PAGES_TO_RECORD) more(MOST_PAGE);
  }, [isFar, pages.length, more]);
  const close = () => change({ record: null, raw: null });
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    Escape: () => (state.record !== undefined ? close() : window.history.back()),
    r: () => change({ raw: state.isRaw ? null : "1" }, "replace"),
    y: copyLink,
    x: () => records[at] && narrow("service", service(records[at]), "not"),
    "0": () => change({ from: null, to: null }),
  });

  return (
    <>
      <h1 class="hidden">Search in all records</h1>
      <FilterBar
        query={query}
        zone={state.zone}
        hasTimes={range !== undefined}
        services={(services.value?.services ?? []).map((one) => one.service)}
        count={`${records.length.toLocaleString("en")}${last?.next ? " and more" : ""}`}
      >
        <TimeChoice query={query} range={range} none="any time" />
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
      {histogram.value && histogram.value.buckets.length > 0 && (
        <HistogramView
          histogram={histogram.value}
          zone={state.zone}
          isOpen={!query.has("from")}
          onZoom={(from, to) => change({ from, to })}
        />
      )}
      {first.problem && (
        <Failure
          problem={first.problem}
          shownSince={first.value ? first.at : 0}
          zone={state.zone}
          again={first.again}
        />
      )}
      <div class="split">
        <Facets query={query} wanted={wanted} />
        {first.value && records.length === 0 && last?.next === null ? (
          <div class="empty">
            <h1>No record matches</h1>
            <p>Every day was looked at{query.has("from") || query.has("to") ? " within these times" : ""}.</p>
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
            isLoading={isLoading}
          >
            <LookFurther page={last} isLoading={isLoading} zone={state.zone} more={() => more()} />
          </RecordList>
        )}
        {state.record !== undefined && (
          <RecordPanel
            id={state.record}
            state={state}
            lane={lane}
            close={close}
            move={step}
            href={(record) => address(LOGS, changed(query, { record: record.id }))}
          />
        )}
      </div>
    </>
  );
}
