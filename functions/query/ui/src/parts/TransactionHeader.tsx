// The header of a transaction: what it is, how complete it is, where it hurt.
import { data } from "../api/client.ts";
import type { Outline, Silence } from "../api/types.ts";
import { address, change } from "../app/location.ts";
import { COMPARE } from "../app/paths.ts";
import type { ViewState } from "../app/view-state.ts";
import { filedUntil, warnings } from "../model/completeness.ts";
import { skews } from "../model/facts.ts";
import { type Level, severity } from "../model/level.ts";
import { ago, day, duration, micros, offset, timeOfDay } from "../model/time.ts";
import { plural } from "../model/words.ts";
import { copy, copyLink } from "./clipboard.ts";
import { ExportMenu } from "./ExportMenu.tsx";
import { LevelMark } from "./LevelMark.tsx";
import { Link } from "./Link.tsx";
import { OtherIds } from "./OtherIds.tsx";
import { Visible } from "./Visible.tsx";

/** A transaction and how it is shown. */
export type Shown = {
  readonly uid: string;
  readonly query: URLSearchParams;
  readonly state: ViewState;
  /** The outline of the whole transaction, and when it was received, in ms since 1970. */
  readonly whole: Outline;
  readonly wholeAt: number;
  /** Whether more records may follow. */
  readonly isLive: boolean;
};

type Props = {
  readonly shown: Shown;
  readonly onFirstError: () => void;
  readonly onSilence: (silence: Silence) => void;
};

export function TransactionHeader({ shown, onFirstError, onSilence }: Props) {
  const { uid, query, state, whole, wholeAt, isLive } = shown;
  const zero = micros(whole.started);
  const ended = micros(whole.ended);
  const services = whole.services.length;
  const bad = (Object.entries(whole.levels) as [Level, number][])
    .filter(([name]) => severity(name) >= severity("WARNING"))
    .sort(([a], [b]) => severity(b) - severity(a));
  const known = whole.completeness;
  const filed = filedUntil(known.filed_until);
  const problems = warnings(known, ended, wholeAt * 1000, state.zone);
  const longest = whole.silences[0];
  const ahead = skews(whole.lanes);
  return (
    <>
      <div class="summary">
        <h1>
          <Visible text={uid} limit={512} />
        </h1>
        <button
          type="button"
          class="quiet"
          title="Copy the uid"
          aria-label="Copy the uid"
          onClick={() => copy(uid, "the uid")}
        >
          ⧉
        </button>
        <span>
          {plural(whole.record_count, "record")} · {plural(services, "service")} · {duration(ended - zero)}
          {bad.map(([name, count]) => (
            <span key={name}>
              {" · "}
              <LevelMark level={name} count={count} />
            </span>
          ))}
        </span>
        <div class="actions">
          <ExportMenu uid={uid} query={query} whole={whole} />
          {!data && (
            <>
              <Link class="button" to={address(COMPARE, new URLSearchParams({ a: uid }))}>
                Compare
              </Link>
              <button type="button" title="Copy the link (y)" onClick={copyLink}>
                Link
              </button>
            </>
          )}
        </div>
      </div>
      <div class="facts">
        <span>
          {day(zero, state.zone)} {timeOfDay(zero, state.zone, 3)} {state.zone === "local" ? "local time" : state.zone}
        </span>
        {filed !== undefined && (
          <span>
            {problems.length === 0 && <span class="ok">✓ </span>}
            filed until {timeOfDay(filed, state.zone, 1)} on {plural(known.filed_until.length, "shard")}
          </span>
        )}
        {whole.pinned && (
          <span class="pin" title={whole.pinned.reason}>
            <strong>pinned</strong>
            {whole.pinned.until && ` until ${day(micros(whole.pinned.until), state.zone)}`}:{" "}
            <Visible text={whole.pinned.reason} limit={60} />
          </span>
        )}
        {known.quarantined !== null && <span>{known.quarantined} set aside</span>}
        {known.days && <span>{plural(known.days.count, "day")} searched</span>}
        {whole.first_error && (
          <span>
            First error <strong>{offset(micros(whole.first_error.time) - zero, ended - zero)}</strong>{" "}
            <Visible text={whole.first_error.service ?? ""} limit={60} />
            <button type="button" class="quiet" title="Go to the first error (e)" onClick={onFirstError}>
              show
            </button>
          </span>
        )}
        {longest && (
          <span>
            Longest silence <strong>{duration(longest.duration_ms * 1000)}</strong> before{" "}
            <Visible text={longest.before.service ?? "a record without a service"} limit={60} />
            <button type="button" class="quiet" title="Go to the silence (s)" onClick={() => onSilence(longest)}>
              show
            </button>
          </span>
        )}
        <OtherIds whole={whole} />
        {isLive && (
          <span role="status">Last record {ago(ended, wholeAt * 1000, state.zone)}; more may follow. Checking.</span>
        )}
      </div>
      {problems.map((sentence) => (
        <p key={sentence} class="notice">
          {sentence}
        </p>
      ))}
      {ahead.map(({ lane, aheadMs }) => (
        <p key={lane} class="notice info">
          <span>
            <Visible text={lane ?? "A record without a service"} limit={80} />
            's clock is at least {duration(aheadMs * 1000)} ahead: its records have times after their arrival. Nothing
            was moved.
          </span>
          {state.clock === "event" && (
            <button type="button" onClick={() => change({ clock: "arrival" })}>
              Order by arrival
            </button>
          )}
        </p>
      ))}
      {whole.cut && (
        <p class="notice">
          These figures cover the records until {timeOfDay(micros(whole.cut.reached), state.zone, 3)}:{" "}
          {whole.cut.reason === "time_limit" ? "the time was up." : "the transaction is too large to count whole."}{" "}
          Narrow it by dragging over the timeline.
        </p>
      )}
    </>
  );
}
