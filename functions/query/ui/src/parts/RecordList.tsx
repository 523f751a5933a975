// A list of records of any length: at most 5,000 rows are in the page, in chunks that the browser skips while they are
// out of sight. So the browser's own search finds what is there, and scrolling stays quick.

import type { ComponentChildren, RefObject } from "preact";
import { memo } from "preact/compat";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Row } from "../model/fold.ts";
import type { LogRecord } from "../model/record.ts";
import { rowOf, scrollerOf, useAnchor } from "./anchor.ts";
import { RecordRow } from "./RecordRow.tsx";

const CHUNK = 100;
/** The most rows in the page. */
export const MOST_ROWS = 5_000;
/** By how much the rows in the page move on. */
const SHIFT = 1_000;
/** The next rows are fetched when the end is so near, in pixels. */
const AHEAD_PX = 800;

/** What a row needs to know beside its record. It changes when all rows have to be drawn again. */
export type Drawing = {
  readonly when: (record: LogRecord) => string;
  readonly whenTitle: (record: LogRecord) => string;
  readonly href: (record: LogRecord) => string;
  readonly uidHref?: (record: LogRecord) => string | undefined;
  readonly lane: (record: LogRecord) => number;
  readonly isWrapped: boolean;
  /** Whether times have their day. */
  readonly isDated?: boolean;
  readonly columns: readonly string[];
  /** The id of the transaction's first error. */
  readonly firstError?: string | undefined;
};

type Props = {
  readonly rows: readonly Row[];
  readonly selected: string | undefined;
  readonly drawing: Drawing;
  readonly onOpen: (record: LogRecord) => void;
  readonly hasEarlier: boolean;
  readonly onEarlier: () => void;
  readonly hasLater: boolean;
  readonly onLater: () => void;
  readonly isLoading: boolean;
  /** Whether the rows are those of an earlier search. */
  readonly isStale?: boolean;
  /** Shown below the last row. */
  readonly children?: ComponentChildren;
};

export function RecordList(props: Props) {
  const {
    rows,
    selected,
    drawing,
    onOpen,
    hasEarlier,
    onEarlier,
    hasLater,
    onLater,
    isLoading,
    isStale = false,
    children,
  } = props;
  const list = useRef<HTMLDivElement>(null);
  const [start, setStart] = useState(0);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const shown = useMemo(() => unfolded(rows, opened), [rows, opened]);
  const from = Math.min(start, Math.max(0, Math.floor((shown.length - 1) / CHUNK) * CHUNK));
  const to = Math.min(shown.length, from + MOST_ROWS);

  const hasFolds = useMemo(() => rows.some((row) => row.kind === "fold"), [rows]);
  // Who turns folding off and on again wants everything folded.
  useEffect(() => {
    if (!hasFolds) setOpened(new Set());
  }, [hasFolds]);

  const { hold, remember } = useAnchor(list, selected);

  const onTop = () => {
    if (from > 0) setStart(Math.max(0, from - SHIFT));
    else if (hasEarlier && !isLoading) onEarlier();
  };
  const onBottom = () => {
    if (to < shown.length) setStart(from + SHIFT);
    else if (hasLater && !isLoading) onLater();
  };

  useLayoutEffect(hold, [shown, from]);
  // The selected record comes into sight once, as soon as it is loaded.
  const toReveal = useRef(selected);
  useEffect(() => {
    toReveal.current = selected;
  }, [selected]);
  useEffect(() => {
    const id = toReveal.current;
    const at = id === undefined ? -1 : shown.findIndex((row) => holds(row, id));
    if (at === -1) return;
    if (at < from || at >= to) {
      setStart(Math.max(0, Math.floor((at - MOST_ROWS / 2) / CHUNK) * CHUNK));
      return;
    }
    toReveal.current = undefined;
    requestAnimationFrame(() => {
      rowOf(list.current, idOf(shown[at]))?.scrollIntoView({ block: "nearest" });
      remember();
    });
  }, [selected, shown, from]);
  // Chunks that come into sight turn out to be higher or lower than they were taken for.
  const content = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const observer = new ResizeObserver(hold);
    if (content.current) observer.observe(content.current);
    return () => observer.disconnect();
  }, [hold]);

  const toggle = useCallback((id: string) => {
    setOpened((old) => {
      const next = new Set(old);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  }, []);

  const chunks: Row[][] = [];
  for (let at = from; at < to; at += CHUNK) chunks.push(shown.slice(at, Math.min(at + CHUNK, to)));
  return (
    <div
      ref={list}
      class={`list${drawing.uidHref ? " mixed" : ""}${drawing.isWrapped ? " wrap" : ""}${drawing.isDated ? " dated" : ""}`}
      tabIndex={-1}
      aria-busy={isStale}
      data-rows={to - from}
    >
      <Sentinel list={list} isActive={from > 0 || hasEarlier} onReach={onTop} version={`${from} ${rows.length}`} />
      <div ref={content}>
        {chunks.map((chunk, index) => (
          <Chunk
            key={from / CHUNK + index}
            rows={chunk}
            selected={selected !== undefined && chunk.some((row) => holds(row, selected)) ? selected : undefined}
            drawing={drawing}
            onOpen={onOpen}
            onToggle={toggle}
          />
        ))}
      </div>
      <Sentinel
        list={list}
        isActive={to < shown.length || hasLater}
        onReach={onBottom}
        version={`${to} ${rows.length} ${isLoading}`}
      />
      <div class="more">{children}</div>
    </div>
  );
}

type ChunkProps = {
  readonly rows: readonly Row[];
  readonly selected: string | undefined;
  readonly drawing: Drawing;
  readonly onOpen: (record: LogRecord) => void;
  readonly onToggle: (id: string) => void;
};

const Chunk = memo(
  function Chunk({ rows, selected, drawing, onOpen, onToggle }: ChunkProps) {
    return (
      <ol class="chunk">
        {rows.map((row) => {
          const record = row.kind === "fold" ? row.records[0] : row.record;
          if (!record) return null;
          return (
            <RecordRow
              key={record.id}
              record={record}
              when={drawing.when(record)}
              whenTitle={drawing.whenTitle(record)}
              href={drawing.href(record)}
              uidHref={drawing.uidHref?.(record)}
              lane={drawing.lane(record)}
              isSelected={selected !== undefined && holds(row, selected)}
              isWrapped={drawing.isWrapped}
              columns={drawing.columns}
              isFirstError={record.id === drawing.firstError}
              {...(row.kind === "fold" ? { times: row.records.length, template: row.template } : {})}
              onOpen={() => (row.kind === "fold" ? onToggle(record.id) : onOpen(record))}
            />
          );
        })}
      </ol>
    );
  },
  (old, next) =>
    old.selected === next.selected &&
    old.drawing === next.drawing &&
    old.onOpen === next.onOpen &&
    old.rows.length === next.rows.length &&
    old.rows.every((row, index) => same(row, next.rows[index])),
);

/** A row is the same if it draws the same: a fold may have grown. */
function same(a: Row, b: Row | undefined): boolean {
  if (a === b) return true;
  if (!b || a.kind !== b.kind) return false;
  if (a.kind === "fold" && b.kind === "fold")
    return a.records.length === b.records.length && a.records[0] === b.records[0];
  return a.kind === "record" && b.kind === "record" && a.record === b.record;
}

/** The rows with the opened folds replaced by their records. */
function unfolded(rows: readonly Row[], opened: ReadonlySet<string>): readonly Row[] {
  if (opened.size === 0) return rows;
  return rows.flatMap((row) =>
    row.kind === "fold" && opened.has(row.records[0]?.id ?? "")
      ? row.records.map((record): Row => ({ kind: "record", record }))
      : [row],
  );
}

function idOf(row: Row | undefined): string | undefined {
  if (!row) return undefined;
  return row.kind === "fold" ? row.records[0]?.id : row.record.id;
}

function holds(row: Row, id: string): boolean {
  return row.kind === "fold" ? row.records.some((record) => record.id === id) : row.record.id === id;
}

type SentinelProps = {
  readonly list: RefObject<HTMLDivElement | null>;
  readonly isActive: boolean;
  readonly onReach: () => void;
  /** Changes when it has to be looked at again. */
  readonly version: string;
};

/** Tells when the reader comes near an end of the list. */
function Sentinel({ list, isActive, onReach, version }: SentinelProps) {
  const own = useRef<HTMLDivElement>(null);
  const reach = useRef(onReach);
  reach.current = onReach;
  // The version asks to look again.
  useEffect(() => {
    const element = own.current;
    if (!element || !isActive) return;
    const scroller = scrollerOf(list.current);
    const root = scroller === document.scrollingElement ? null : scroller;
    const observer = new IntersectionObserver((seen) => seen.some((entry) => entry.isIntersecting) && reach.current(), {
      root,
      rootMargin: `${AHEAD_PX}px 0px`,
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [isActive, version, list]);
  return <div ref={own} aria-hidden="true" />;
}
