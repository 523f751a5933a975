// The open record: message, exception, fields, and what was around it.
import { useEffect, useState } from "preact/hooks";
import { data, get, target } from "../api/client.ts";
import type { Surroundings } from "../api/types.ts";
import { BASE } from "../app/base.ts";
import { change } from "../app/location.ts";
import { narrow } from "../app/narrow.ts";
import { useRequest } from "../app/request.ts";
import type { ViewState } from "../app/view-state.ts";
import { exceptionText } from "../model/exception.ts";
import { curl, mongoshRecord } from "../model/export.ts";
import { headline } from "../model/headline.ts";
import { level } from "../model/level.ts";
import { arrived, type LogRecord, service } from "../model/record.ts";
import { dateTime, duration, micros } from "../model/time.ts";
import { Around } from "./Around.tsx";
import { toggleColumn } from "./Columns.tsx";
import { copy } from "./clipboard.ts";
import { ExceptionView } from "./ExceptionView.tsx";
import { Failure } from "./Failure.tsx";
import { JsonView } from "./JsonView.tsx";
import { LevelMark } from "./LevelMark.tsx";
import { Menu } from "./Menu.tsx";
import { Visible } from "./Visible.tsx";

/** How many neighbours are shown on each side. */
const AROUND = 5;
/** The reader may move quickly: a record that stays open so long is loaded. */
const SETTLED_MS = 120;
/** Fields that the panel shows at their own place. */
const SHOWN_ELSEWHERE = new Set(["id", "time", "message", "exc_text", "source"]);

type Props = {
  readonly id: string;
  readonly state: ViewState;
  readonly lane: (record: LogRecord) => number;
  /** A record that is alone cannot be closed. */
  readonly close: (() => void) | undefined;
  readonly move: ((by: 1 | -1) => void) | undefined;
  /** Where a neighbour's link leads. */
  readonly href: (record: LogRecord) => string;
};

export function RecordPanel({ id, state, lane, close, move, href }: Props) {
  const settled = useSettled(id);
  // With its neighbours, a long record comes cut. Alone it comes whole.
  const [wholeOf, setWholeOf] = useState<string | undefined>();
  const around = settled === wholeOf ? 0 : AROUND;
  const request = useRequest(target(`/logs/${settled}`, { around: String(around) }), (wanted, signal) =>
    get<Surroundings>(wanted, signal),
  );
  const found = request.value?.record.id === id ? request.value : undefined;
  const record = found?.record;
  return (
    <aside class={close ? "panel" : "panel alone"} aria-label="Record" aria-busy={record === undefined}>
      <header>
        <h2>Record</h2>
        {move && (
          <>
            <button
              type="button"
              class="quiet"
              title="Previous record (k)"
              aria-label="Previous record"
              onClick={() => move(-1)}
            >
              ↑
            </button>
            <button
              type="button"
              class="quiet"
              title="Next record (j)"
              aria-label="Next record"
              onClick={() => move(1)}
            >
              ↓
            </button>
          </>
        )}
        <button
          type="button"
          class="quiet"
          aria-pressed={state.isRaw}
          title="The record as it is stored (r)"
          onClick={() => change({ raw: state.isRaw ? null : "1" }, "replace")}
        >
          Raw
        </button>
        {record && <CopyMenu record={record} />}
        {close && (
          <button type="button" class="quiet" title="Close (Esc)" aria-label="Close the record" onClick={close}>
            ✕
          </button>
        )}
      </header>
      {request.problem && !record && <Failure problem={request.problem} again={request.again} />}
      {!record && !request.problem && <p class="soft">Reading …</p>}
      {record && isCut(record) && (
        <p class="notice">
          This record is long: {record.cut.bytes.toLocaleString("en")} bytes. Only its beginning was sent.
          <button type="button" onClick={() => setWholeOf(id)}>
            Show all of it
          </button>
        </p>
      )}
      {record &&
        (state.isRaw ? <Raw record={record} /> : <Details record={record} state={state} lane={lane(record)} />)}
      {found && !data && !state.isRaw && <Around found={found} state={state} href={href} />}
    </aside>
  );
}

/** Whether the API sent only the beginning. */
function isCut(record: LogRecord): record is LogRecord & { cut: { bytes: number } } {
  const { cut } = record;
  return typeof cut === "object" && cut !== null && "bytes" in cut && typeof cut.bytes === "number" && "limit" in cut;
}

function Raw({ record }: { readonly record: LogRecord }) {
  return (
    <pre class="raw">
      <Visible text={JSON.stringify(record, null, 2)} limit={20_000} />
    </pre>
  );
}

type DetailsProps = { readonly record: LogRecord; readonly state: ViewState; readonly lane: number };

function Details({ record, state, lane }: DetailsProps) {
  const arrival = arrived(record);
  const delay = arrival === undefined ? undefined : micros(arrival) - micros(record.time);
  const exception = exceptionText(record);
  const fields = Object.fromEntries(Object.entries(record).filter(([name]) => !SHOWN_ELSEWHERE.has(name)));
  return (
    <>
      <p class="message">
        <Visible text={headline(record)} />
      </p>
      <dl class="meta">
        <dt>time</dt>
        <dd>
          {dateTime(micros(record.time), state.zone)}.{record.time.slice(20, 26)}{" "}
          <span class="soft">{state.zone === "local" ? "local time" : state.zone}</span>{" "}
          <button
            type="button"
            class="quiet"
            aria-label="Copy the time"
            title="Copy as RFC 3339"
            onClick={() => copy(record.time, "the time")}
          >
            ⧉
          </button>
        </dd>
        <dt>level</dt>
        <dd>
          <LevelMark level={level(record)} />
        </dd>
        <dt>service</dt>
        <dd class={`lane-name lane-${lane}`}>
          <Visible text={service(record) ?? "–"} limit={200} />
        </dd>
        {delay !== undefined && (
          <>
            <dt>arrived</dt>
            <dd>
              {delay >= 0
                ? `${duration(delay)} later`
                : `${duration(-delay)} before its own time: the sender's clock is ahead by at least that`}
            </dd>
          </>
        )}
      </dl>
      {exception !== undefined && (
        <>
          <h3>Exception</h3>
          <ExceptionView text={exception} />
        </>
      )}
      <h3>Fields</h3>
      <JsonView
        value={fields}
        onInclude={(path, value) => narrow(path, value, "only")}
        onExclude={(path, value) => narrow(path, value, "not")}
        onColumn={(path) => toggleColumn(path, state.columns)}
        onCopy={(value) => void copy(value, "the value")}
      />
      {record.source !== undefined && (
        <details>
          <summary class="soft">Where it came from</summary>
          <JsonView value={record.source} />
        </details>
      )}
    </>
  );
}

function CopyMenu({ record }: { readonly record: LogRecord }) {
  const url = `${window.location.origin}${BASE}/logs/${record.id}`;
  return (
    <Menu label="Copy" title="Copy the record">
      <button type="button" onClick={() => copy(headline(record), "the message")}>
        Message
      </button>
      <button type="button" onClick={() => copy(JSON.stringify(record), "the record as JSON")}>
        JSON
      </button>
      <button type="button" onClick={() => copy(curl(url), "the curl command")}>
        curl
      </button>
      <button type="button" onClick={() => copy(`logbraid around ${record.id}`, "the logbraid command")}>
        logbraid
      </button>
      <button type="button" onClick={() => copy(mongoshRecord(record), "the mongosh query")}>
        mongosh
      </button>
    </Menu>
  );
}

function useSettled(id: string): string {
  const [settled, setSettled] = useState(id);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(id), SETTLED_MS);
    return () => window.clearTimeout(timer);
  }, [id]);
  return settled;
}
