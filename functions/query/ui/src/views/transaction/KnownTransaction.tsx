// A transaction that has records: its header, the timeline, the records, and the open record.
import { useCallback, useMemo } from "preact/hooks";
import { data } from "../../api/client.ts";
import type { Problem } from "../../api/problem.ts";
import type { Outline } from "../../api/types.ts";
import { laneColours } from "../../app/colours.ts";
import { filtersAndTimes, following } from "../../app/filters.ts";
import { useKeys } from "../../app/keys.ts";
import { address, change, changed, go, placeOf } from "../../app/location.ts";
import { narrow } from "../../app/narrow.ts";
import { COMPARE, transactionPath } from "../../app/paths.ts";
import type { useRecords } from "../../app/use-records.ts";
import { useTasks } from "../../app/use-tasks.ts";
import { fold } from "../../model/fold.ts";
import { outlineName } from "../../model/outline.ts";
import { type LogRecord, service } from "../../model/record.ts";
import { dateTime, micros, offset, timeOfDay } from "../../model/time.ts";
import { copyLink } from "../../parts/clipboard.ts";
import { Failure } from "../../parts/Failure.tsx";
import { FilterBar } from "../../parts/FilterBar.tsx";
import { type Drawing, RecordList } from "../../parts/RecordList.tsx";
import { RecordPanel } from "../../parts/RecordPanel.tsx";
import { Timeline } from "../../parts/Timeline.tsx";
import { type Shown, TransactionHeader } from "../../parts/TransactionHeader.tsx";
import { Bottom, NoMatch } from "./Ends.tsx";
import { Moves } from "./moves.ts";
import { Options } from "./Options.tsx";
import { inOrder, marksOf, timeBy } from "./order.ts";
import { TasksView } from "./Tasks.tsx";
import { useTree } from "./use-tree.ts";
import { zoomedBy, zoomOf } from "./zoom.ts";

type Props = {
  readonly shown: Shown;
  /** The outline of what the filters leave; `undefined` where they leave nothing. */
  readonly seen: Outline | undefined;
  readonly isNothing: boolean;
  readonly problem: Problem | undefined;
  readonly records: ReturnType<typeof useRecords>;
};

export function KnownTransaction(props: Props) {
  const { shown, seen, isNothing, problem } = props;
  const { uid, query, state, whole, wholeAt, isLive } = shown;
  const { window: records, version, startAgain } = props.records;
  const zero = micros(whole.started);
  const wholeUs = Math.max(1, micros(whole.ended) - zero);
  const timeOf = useMemo(() => timeBy(state.clock), [state.clock]);
  // The loaded records change with the version.
  const ordered = useMemo(() => inOrder(records.records, state.clock), [version, records, state.clock]);
  const rows = useMemo(() => fold(ordered, state.isFolded), [ordered, state.isFolded]);
  const isAll = records.next === null && !records.hasEarlier;
  const marks = useMemo(() => (isAll ? marksOf(ordered, state) : undefined), [isAll, ordered, state.clock, state.by]);

  const laneColour = useMemo(
    () => laneColours([...whole.services.map(({ name }) => name), ...whole.lanes.map(({ name }) => name)]),
    [whole],
  );
  const colourOf = useCallback((record: LogRecord) => laneColour(outlineName(service(record))), [laneColour]);
  const linkTo = (record: LogRecord) => address(transactionPath(uid), changed(query, { record: record.id }));
  const place = placeOf(query);
  const drawing: Drawing = useMemo(
    () => ({
      when: (record) => offset(timeOf(record) - zero, wholeUs),
      whenTitle: (record) =>
        `${dateTime(micros(record.time), state.zone)}${timeOfDay(micros(record.time), state.zone).slice(8)} ${state.zone}`,
      href: (record) => `?${place}record=${record.id}`,
      lane: colourOf,
      isWrapped: state.isWrapped,
      columns: state.columns,
      firstError: whole.first_error?.id,
    }),
    [place, timeOf, zero, wholeUs, colourOf, state.isWrapped, state.columns.join(), state.zone, whole.first_error?.id],
  );

  // A record that is alone is always open.
  const only = whole.record_count === 1 ? ordered[0]?.id : undefined;
  const openId = state.record ?? only;
  const selected = openId === undefined ? undefined : ordered.find((record) => record.id === openId);
  const zoom = zoomOf(query, whole, seen);
  const silences = (seen ?? whole).silences;
  const moves = new Moves({
    ordered,
    selected,
    records,
    silences,
    open: (record) => change({ record: record.id }, "replace"),
    startAgain,
  });
  const isFiltered = filtersAndTimes(query).size > 0;
  const tasks = useTasks({
    uid,
    follow: following(query),
    records: records.records,
    count: whole.record_count,
    isShown: state.isTree,
  });
  const tree = useTree(tasks.tree, state.record);
  const hasTasks = tasks.isThere || state.isTree;
  const onOpen = useCallback((record: LogRecord) => change({ record: record.id }), []);
  const close = () => change({ record: null, raw: null });
  const zoomBy = (factor: number) =>
    change(zoomedBy(factor, selected ? timeOf(selected) : (zoom.from + zoom.to) / 2, zoom, whole));

  useKeys({
    j: () => moves.step(1),
    k: () => moves.step(-1),
    Enter: () => !selected && moves.step(1),
    Escape: () => (state.record !== undefined ? close() : window.history.back()),
    e: () => void moves.level("ERROR", 1),
    E: () => void moves.level("ERROR", -1),
    w: () => void moves.level("WARNING", 1),
    W: () => void moves.level("WARNING", -1),
    s: () => void moves.silence(1),
    S: () => void moves.silence(-1),
    "]": () => moves.sameService(1),
    "[": () => moves.sameService(-1),
    "+": () => zoomBy(0.5),
    "-": () => zoomBy(2),
    "0": () => change({ from: null, to: null }),
    t: hasTasks ? () => change({ tasks: state.isTree ? null : "1" }) : undefined,
    f: () => change({ fold: state.isFolded ? "0" : null }, "replace"),
    r: () => change({ raw: state.isRaw ? null : "1" }, "replace"),
    y: data ? undefined : copyLink,
    x: () => selected && narrow("service", service(selected), "not"),
    c: data ? undefined : () => go(address(COMPARE, new URLSearchParams({ a: uid }))),
    ...(state.isTree ? tree.actions : {}),
  });

  const count = seen?.record_count ?? 0;
  const folded = rows.reduce((sum, row) => sum + (row.kind === "fold" ? row.records.length - 1 : 0), 0);
  return (
    <>
      <TransactionHeader
        shown={shown}
        onFirstError={() => void moves.record(whole.first_error?.id)}
        onSilence={(silence) => void moves.record(silence.before.id)}
      />
      {problem && <Failure problem={problem} shownSince={wholeAt} zone={state.zone} query={query} />}
      {state.clock === "arrival" && <ArrivalNotice isTimelineByIt={marks !== undefined} />}
      {seen && whole.record_count > 1 && (
        <Timeline
          outline={seen}
          marks={marks}
          from={zoom.from}
          to={zoom.to}
          zero={zero}
          laneColour={laneColour}
          selected={selected && timeOf(selected)}
          firstError={whole.first_error?.id}
          silences={state.clock === "event" ? silences : []}
          onZoom={(from, to) => change({ from, to })}
          onPick={(mark, us) => void (mark ? moves.record(mark.id) : moves.time(us, timeOf))}
        />
      )}
      <FilterBar
        query={query}
        services={whole.services.map(({ name }) => name)}
        zone={state.zone}
        count={
          <>
            {count.toLocaleString("en")} of {whole.record_count.toLocaleString("en")}
            {folded > 0 && ` · ${folded.toLocaleString("en")} folded`}
          </>
        }
        always={
          hasTasks && (
            <button
              type="button"
              class="view"
              aria-pressed={state.isTree}
              title="The tree of tasks, or the records (t)"
              onClick={() => change({ tasks: state.isTree ? null : "1" })}
            >
              Tasks
            </button>
          )
        }
      >
        <Options state={state} />
      </FilterBar>
      <div class={state.record === undefined ? "split is-alone" : "split"}>
        {state.isTree ? (
          <TasksView
            tasks={tasks}
            state={tree}
            zero={zero}
            ended={micros(whole.ended)}
            isLive={isLive}
            isFiltered={isFiltered}
            isWrapped={state.isWrapped}
            laneColour={laneColour}
            href={(id) => `?${place}record=${id}`}
          />
        ) : isNothing ? (
          <NoMatch query={query} whole={whole} />
        ) : (
          <RecordList
            rows={rows}
            selected={openId}
            drawing={drawing}
            onOpen={onOpen}
            hasEarlier={records.hasEarlier}
            onEarlier={() => void records.earlier()}
            hasLater={records.next !== null}
            onLater={() => void records.later()}
            isLoading={records.isLoading}
          >
            <Bottom loaded={ordered.length} count={count} records={records} />
          </RecordList>
        )}
        {openId !== undefined && (
          <RecordPanel
            id={openId}
            state={state}
            lane={colourOf}
            close={state.record === undefined ? undefined : close}
            move={whole.record_count > 1 ? (by) => (state.isTree ? tree : moves).step(by) : undefined}
            href={linkTo}
          />
        )}
      </div>
    </>
  );
}

function ArrivalNotice({ isTimelineByIt }: { readonly isTimelineByIt: boolean }) {
  return (
    <p class="notice info">
      <span>
        Ordered by arrival at the stream, not by the records' own times.
        {!isTimelineByIt && " The timeline stays by the records' own times."}
      </span>
      <button type="button" onClick={() => change({ clock: null })}>
        Back to their own times
      </button>
    </p>
  );
}
