// The tail: records as they are filed. It never jumps under the reader: while the newest row is out of sight, or the tail
// is paused, new records wait and are counted.
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useLaneColours } from "../app/colours.ts";
import { filters } from "../app/filters.ts";
import { useKeys } from "../app/keys.ts";
import { listKeys } from "../app/list-keys.ts";
import { address, change, changed } from "../app/location.ts";
import { LOGS, recordAddress, TAIL } from "../app/paths.ts";
import { useTail } from "../app/use-tail.ts";
import { viewState } from "../app/view-state.ts";
import { headline } from "../model/headline.ts";
import { level } from "../model/level.ts";
import { type LogRecord, service, text } from "../model/record.ts";
import { dateTime, micros, rowTime, severalDays, timeOfDay } from "../model/time.ts";
import { Columns } from "../parts/Columns.tsx";
import { copyLink } from "../parts/clipboard.ts";
import { Failure } from "../parts/Failure.tsx";
import { FilterBar } from "../parts/FilterBar.tsx";
import { Link } from "../parts/Link.tsx";
import { RecordPanel } from "../parts/RecordPanel.tsx";
import { RecordRow } from "../parts/RecordRow.tsx";
import { WrapButton } from "../parts/WrapButton.tsx";

/** The reader is at the end if the last row is so near, in pixels. */
const AT_END_PX = 40;

export function TailView({ query }: { readonly query: URLSearchParams }) {
  const state = useMemo(() => viewState(query), [query]);
  const wanted = filters(query);
  const tail = useTail(wanted);
  const list = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  // A pause that the reader asked for lasts until the reader ends it.
  const isByScroll = useRef(false);
  const [, tick] = useState(0);

  // "0.4 s ago" has to go on while nothing comes.
  useEffect(() => {
    const timer = window.setInterval(() => tick((count) => count + 1), 1_000);
    return () => window.clearInterval(timer);
  }, []);

  const toEnd = useCallback(() => {
    if (tail.isPaused) tail.pause(false);
    isAtEnd.current = true;
    const element = scroller(list.current);
    if (element) element.scrollTop = element.scrollHeight;
  }, [tail]);
  // Rows are only added below, so nothing moves for a reader who is not at the end.
  useLayoutEffect(() => {
    const element = scroller(list.current);
    if (element && isAtEnd.current) element.scrollTop = element.scrollHeight;
  });
  const onScroll = useCallback(() => {
    const element = scroller(list.current);
    if (!element) return;
    isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < AT_END_PX;
    // Who scrolls away reads: new records wait.
    if (!isAtEnd.current && !tail.isPaused) {
      isByScroll.current = true;
      tail.pause(true);
    }
    if (isAtEnd.current && isByScroll.current && tail.isPaused && tail.waiting.length === 0) tail.pause(false);
  }, [tail]);
  useEffect(() => {
    window.addEventListener("scroll", onScroll, { passive: true });
    return () => window.removeEventListener("scroll", onScroll);
  }, [onScroll]);

  const pause = () => {
    isByScroll.current = false;
    tail.pause(true);
  };
  const toggle = () => (tail.isPaused ? toEnd() : pause());
  const close = () => change({ record: null, raw: null });
  const keys = listKeys({
    records: tail.records,
    selected: state.record,
    newest: "end",
    open: (record) => {
      if (!tail.isPaused) pause();
      change({ record: record.id }, "replace");
    },
  });
  useKeys({
    ...keys,
    p: toggle,
    Escape: () => (state.record !== undefined ? close() : window.history.back()),
    y: copyLink,
    r: () => change({ raw: state.isRaw ? null : "1" }, "replace"),
  });
  const lane = useLaneColours();
  // A late record may be of another day.
  const isDated = useMemo(() => {
    const times = tail.records.map((record) => micros(record.time)).sort((a, b) => a - b);
    return severalDays([Date.now() * 1000, ...times.slice(0, 1), ...times.slice(-1)], state.zone);
  }, [tail.records, state.zone]);
  const uidHref = (record: LogRecord) => {
    const uid = text(record, "log_uid");
    return uid === undefined ? {} : { uidHref: recordAddress(uid, record.id, state.zone) };
  };

  return (
    <>
      <h1 class="hidden">Tail: records as they are filed</h1>
      <FilterBar
        query={query}
        services={[]}
        zone={state.zone}
        hasTimes
        count={<Status tail={tail} zone={state.zone} />}
        always={
          <button type="button" aria-pressed={tail.isPaused} title="Pause (p)" onClick={toggle}>
            {tail.isPaused ? "Go on" : "Pause"}
          </button>
        }
      >
        <WrapButton isWrapped={state.isWrapped} />
        <Columns columns={state.columns} />
      </FilterBar>
      {tail.problem && <Failure problem={tail.problem} zone={state.zone} />}
      <div class="split">
        <div class="pinned">
          <div
            ref={list}
            class={`list mixed${state.isWrapped ? " wrap" : ""}${isDated ? " dated" : ""}`}
            onScroll={onScroll}
            tabIndex={-1}
          >
            {tail.lookedSince !== undefined && tail.dropped === 0 && (
              <p class="more">
                Looked at what was filed since {dateTime(micros(tail.lookedSince), state.zone)}.
                <Link class="button" to={address(LOGS, wanted)}>
                  Search all days
                </Link>
              </p>
            )}
            {tail.dropped > 0 && (
              <p class="more">{tail.dropped.toLocaleString("en")} older records have left this page.</p>
            )}
            <ol>
              {tail.records.map((record) => (
                <RecordRow
                  key={record.id}
                  record={record}
                  when={rowTime(micros(record.time), state.zone, isDated)}
                  whenTitle={record.time}
                  href={`?${changed(query, { record: record.id })}`}
                  {...uidHref(record)}
                  lane={lane(service(record))}
                  isSelected={record.id === state.record}
                  isWrapped={state.isWrapped}
                  columns={state.columns}
                  onOpen={() => {
                    pause();
                    change({ record: record.id });
                  }}
                />
              ))}
            </ol>
            {tail.records.length === 0 && (
              <p class="more">
                {tail.caughtUpAt === 0 ? "Looking for the last records …" : "No record yet. New ones appear here."}
              </p>
            )}
          </div>
          {tail.waiting.length > 0 && (
            <button type="button" class="new" onClick={toEnd}>
              {tail.waiting.length.toLocaleString("en")} new ↓
            </button>
          )}
        </div>
        {state.record !== undefined && (
          <RecordPanel
            id={state.record}
            state={state}
            lane={(record) => lane(service(record))}
            close={close}
            move={(by) => (by === 1 ? keys.j?.() : keys.k?.())}
            href={(record) => address(TAIL, changed(query, { record: record.id }))}
          />
        )}
      </div>
      <p class="hidden" role="log" aria-live="off">
        {tail.records.slice(-1).map((record) => `${level(record)} ${headline(record)}`)}
      </p>
    </>
  );
}

function Status({ tail, zone }: { readonly tail: ReturnType<typeof useTail>; readonly zone: string }) {
  if (tail.isPaused) return <>paused</>;
  if (tail.isBehind) return <>behind{tail.reached ? `: reached ${timeOfDay(micros(tail.reached), zone, 0)}` : ""}</>;
  if (tail.caughtUpAt === 0) return <>connecting …</>;
  return <>{`live, caught up ${((Date.now() - tail.caughtUpAt) / 1000).toFixed(1)} s ago`}</>;
}

function scroller(list: HTMLElement | null): Element | null {
  return list && getComputedStyle(list).overflowY !== "visible" ? list : document.scrollingElement;
}
