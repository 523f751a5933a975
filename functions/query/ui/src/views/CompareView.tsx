// Two transactions side by side: what is missing, new, slower or faster in the second.
import { useMemo, useRef } from "preact/hooks";
import { useKeys } from "../app/keys.ts";
import { loadTransaction, MOST_COMPARED } from "../app/load-transaction.ts";
import { change, go } from "../app/location.ts";
import { recordAddress } from "../app/paths.ts";
import { type Request, useRequest } from "../app/request.ts";
import { useTableKeys } from "../app/table-keys.ts";
import { viewState } from "../app/view-state.ts";
import { type Compared, compare } from "../model/compare.ts";
import { headline } from "../model/headline.ts";
import { level } from "../model/level.ts";
import type { LogRecord } from "../model/record.ts";
import { duration, micros, offset, type Zone } from "../model/time.ts";
import { copyLink } from "../parts/clipboard.ts";
import { Failure } from "../parts/Failure.tsx";
import { LevelMark } from "../parts/LevelMark.tsx";
import { Link } from "../parts/Link.tsx";
import { type Column, Table } from "../parts/Table.tsx";
import { Visible } from "../parts/Visible.tsx";

/** At most so many rows are drawn; the differences come first where there are more. */
const MOST_ROWS = 2_000;
const GLYPHS: Record<Compared["kind"], string> = {
  same: "",
  missing: "− missing",
  new: "+ new",
  slower: "▲ slower",
  faster: "▼ faster",
};
const COLUMNS: readonly Column[] = [
  { name: "service" },
  { name: "difference" },
  { name: "first", isNumber: true },
  { name: "second", isNumber: true },
  { name: "message" },
];

export function CompareView({ query }: { readonly query: URLSearchParams }) {
  const { zone } = viewState(query);
  const [a, b] = [query.get("a") ?? "", query.get("b") ?? ""];
  const isAll = query.get("all") === "1";
  const load = (uid: string, signal: AbortSignal) => loadTransaction(uid, signal);
  const [left, right] = [useRequest(a === "" ? null : a, load), useRequest(b === "" ? null : b, load)];
  const rows = useMemo(
    () =>
      left.value && right.value && !left.isStale && !right.isStale
        ? compare(left.value.records, right.value.records)
        : [],
    [left.value, right.value, left.isStale, right.isStale],
  );
  const form = useRef<HTMLFormElement>(null);
  const isReady = [left, right].every((side) => side.value !== undefined && !side.isStale);
  const different = rows?.filter((row) => row.kind !== "same") ?? [];
  const shown = isAll ? (rows ?? []) : different;
  const counts = (["missing", "new", "slower", "faster"] as const).map(
    (kind) => [kind, different.filter((row) => row.kind === kind).length] as const,
  );
  const drawn = shown.slice(0, MOST_ROWS);
  const { at, actions } = useTableKeys(drawn.length, (index) => {
    const row = drawn[index];
    if (row?.b) go(recordAddress(b, row.b.id, zone));
    else if (row?.a) go(recordAddress(a, row.a.id, zone));
  });
  useKeys({ ...actions, y: copyLink, Escape: () => window.history.back() });
  return (
    <>
      <h1 class="hidden">Compare two transactions</h1>
      <form
        ref={form}
        class="filters"
        onSubmit={(event) => {
          event.preventDefault();
          const typed = new FormData(event.currentTarget);
          change({ a: String(typed.get("a") ?? "").trim() || null, b: String(typed.get("b") ?? "").trim() || null });
        }}
      >
        <input
          class="mono grow"
          name="a"
          aria-label="First transaction"
          placeholder="uid of the first"
          defaultValue={a}
          key={`a${a}`}
        />
        <button type="button" title="Swap" aria-label="Swap" onClick={() => change({ a: b || null, b: a || null })}>
          ⇄
        </button>
        <input
          class="mono grow"
          name="b"
          aria-label="Second transaction"
          placeholder="uid of the second"
          defaultValue={b}
          key={`b${b}`}
        />
        <button type="submit">Compare</button>
        <label>
          <input
            type="checkbox"
            checked={isAll}
            onChange={(event) => change({ all: event.currentTarget.checked ? "1" : null }, "replace")}
          />{" "}
          all records
        </label>
      </form>
      {left.problem && <Failure problem={left.problem} zone={zone} again={left.again} />}
      {right.problem && <Failure problem={right.problem} zone={zone} again={right.again} />}
      <Limits left={left} right={right} />
      <div class="page">
        {(a === "" || b === "") && (
          <div class="empty">
            <h2>Which two?</h2>
            <p>Paste two uids: one that went well and one that did not. Records are aligned by service and message.</p>
          </div>
        )}
        {a !== "" && b !== "" && !isReady && !left.problem && !right.problem && <p class="more">Reading …</p>}
        {isReady && rows === undefined && (
          <div class="empty">
            <h2>These transactions differ too much to be aligned</h2>
            <p>Narrow your question: look at one service of each instead.</p>
          </div>
        )}
        {isReady && rows !== undefined && (
          <>
            <p class="more" role="status">
              {different.length === 0
                ? "No difference in services, messages or pace."
                : counts
                    .filter(([, count]) => count > 0)
                    .map(([kind, count]) => `${count.toLocaleString("en")} ${kind}`)
                    .join(" · ")}
              {shown.length > MOST_ROWS && ` · the first ${MOST_ROWS.toLocaleString("en")} are shown`}
            </p>
            <Table columns={COLUMNS}>
              {drawn.map((row, index) => (
                <Row
                  key={(row.b ?? row.a)?.id}
                  row={row}
                  isAt={index === at}
                  a={a}
                  b={b}
                  starts={[startOf(left), startOf(right)]}
                  zone={zone}
                />
              ))}
            </Table>
          </>
        )}
      </div>
    </>
  );
}

type Side = Request<Awaited<ReturnType<typeof loadTransaction>>>;

function startOf(side: Side): number {
  return micros(side.value?.records[0]?.time ?? "");
}

function Limits({ left, right }: { readonly left: Side; readonly right: Side }) {
  if (left.value?.isWhole !== false && right.value?.isWhole !== false) return null;
  return <p class="notice">Only the first {MOST_COMPARED.toLocaleString("en")} records of each are compared.</p>;
}

type RowProps = {
  readonly row: Compared;
  readonly isAt: boolean;
  readonly a: string;
  readonly b: string;
  readonly starts: readonly [number, number];
  readonly zone: Zone;
};

function Row({ row, isAt, a, b, starts, zone }: RowProps) {
  const record = row.b ?? row.a;
  if (!record) return null;
  const cell = (one: LogRecord | undefined, uid: string, start: number) =>
    one ? (
      <Link to={recordAddress(uid, one.id, zone)}>{offset(micros(one.time) - start, 1)}</Link>
    ) : (
      <span class="soft">–</span>
    );
  return (
    <tr class={`kind-${row.kind}`} aria-current={isAt ? "true" : undefined}>
      <td class="name">
        <Visible text={row.service ?? "–"} limit={60} />
      </td>
      <td class="kind">
        {GLYPHS[row.kind]}
        {row.deltaMs !== undefined && row.kind !== "same" && ` by ${duration(Math.abs(row.deltaMs) * 1000)}`}
      </td>
      <td class="number" data-of="first">
        {cell(row.a, a, starts[0])}
      </td>
      <td class="number" data-of="second">
        {cell(row.b, b, starts[1])}
      </td>
      <td class="mono">
        <LevelMark level={level(record)} /> <Visible text={headline(record)} limit={200} />
      </td>
    </tr>
  );
}
