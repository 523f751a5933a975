// The transaction: asks for its outline and its records, and says what happens where there are none.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { get, target } from "../api/client.ts";
import type { Outline } from "../api/types.ts";
import { filtersAndTimes, following } from "../app/filters.ts";
import { whileInSight } from "../app/in-sight.ts";
import { changed } from "../app/location.ts";
import { useRequest } from "../app/request.ts";
import { useRecords } from "../app/use-records.ts";
import { viewState } from "../app/view-state.ts";
import { micros } from "../model/time.ts";
import { Failure } from "../parts/Failure.tsx";
import { Unknown } from "../parts/Unknown.tsx";
import { KnownTransaction } from "./transaction/KnownTransaction.tsx";

const BINS = 200;
/** A transaction whose last record is younger than this may go on. */
const LIVE_MS = 60_000;
const POLL_MS = 2_000;

export function TransactionView({ uid, query }: { readonly uid: string; readonly query: URLSearchParams }) {
  const state = useMemo(() => viewState(query), [query]);
  const path = `/transactions/${encodeURIComponent(uid)}/outline`;
  const base = { bins: String(BINS), by: state.by, ...following(query) };
  const load = (key: string, signal: AbortSignal) => get<Outline>(key, signal);
  const [isWatching, setWatching] = useState(false);

  const whole = useRequest(target(path, base), load);
  const narrowing = filtersAndTimes(query);
  const isNarrowed = narrowing.size > 0;
  const narrowed = useRequest(isNarrowed ? target(path, changed(narrowing, base)) : null, load);
  const isNothing = isNarrowed && narrowed.problem?.kind === "unknown-transaction";
  const records = useRecords(
    uid,
    changed(narrowing, following(query)),
    state.columns,
    state.record,
    whole.value !== undefined,
  );

  const isLive = whole.value !== undefined && whole.at - micros(whole.value.ended) / 1000 < LIVE_MS;
  const isUnknown = whole.problem?.kind === "unknown-transaction" && whole.value === undefined;
  // The other parameters of the whole outline are the page's own.
  const isNoUid = whole.problem?.kind === "bad-parameter";
  // While the narrowed outline is on its way, the whole one keeps its place.
  const seen = (isNarrowed ? narrowed.value : undefined) ?? whole.value;
  // The first record of an unknown transaction may come between the two questions.
  const isMissing =
    seen !== undefined && !isNothing && !records.window.isLoading && records.window.records.length === 0;
  usePolling(isLive || isMissing || (isUnknown && isWatching), () => {
    // Asking again ends the question before: a slow answer would never come.
    if (!whole.isLoading) whole.again();
    if (isNarrowed && !narrowed.isLoading) narrowed.again();
    if (isMissing) void records.window.refresh(0);
  });
  // When the figures of the same question change, there is something to read.
  const figures = isNarrowed ? (narrowed.isStale ? undefined : narrowed.value) : whole.value;
  const count = isNothing ? 0 : (figures?.record_count ?? 0);
  const question = narrowing.toString();
  const counted = useRef({ question, count: 0 });
  useEffect(() => {
    const before = counted.current;
    counted.current = { question, count };
    if (before.question !== question || before.count === 0 || before.count === count) return;
    void records.window.refresh(count);
  }, [count, question]);

  if ((isUnknown || isNoUid) && whole.problem) {
    return (
      <Unknown
        uid={uid}
        problem={whole.problem}
        isWatching={isWatching}
        watch={() => setWatching(!isWatching)}
        zone={state.zone}
      />
    );
  }
  if (!whole.value) {
    return whole.problem ? (
      <Failure problem={whole.problem} again={whole.again} />
    ) : (
      <p class="notice info">Reading …</p>
    );
  }
  return (
    <KnownTransaction
      shown={{ uid, query, state, whole: whole.value, wholeAt: whole.at, isLive }}
      seen={isNothing ? undefined : seen}
      isNothing={isNothing}
      problem={whole.problem ?? (isNothing ? undefined : narrowed.problem) ?? records.problem}
      records={records}
    />
  );
}

/** Calls `poll` again and again while `isOn` and the page is in sight; at once when it comes into sight again. */
function usePolling(isOn: boolean, poll: () => void): void {
  const latest = useRef(poll);
  latest.current = poll;
  useEffect(() => {
    if (!isOn) return undefined;
    return whileInSight(POLL_MS, () => latest.current());
  }, [isOn]);
}
