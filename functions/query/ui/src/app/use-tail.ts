// Follows the records as they are filed. Nothing is sampled: each record comes once, in the order of filing.
import { useEffect, useReducer, useRef } from "preact/hooks";
import { get, target } from "../api/client.ts";
import type { Problem } from "../api/problem.ts";
import type { TailPage } from "../api/types.ts";
import type { LogRecord } from "../model/record.ts";
import { inSight } from "./in-sight.ts";
import { changed } from "./location.ts";
import { asProblem } from "./request.ts";

const POLL_MS = 1_000;
const RETRY_MS = 5_000;
/** What the tail begins with. */
const FIRST = "50";
const PAGE = "1000";
/** Older records leave the page. What left is counted. */
export const KEPT = 5_000;

export class Tail {
  records: LogRecord[] = [];
  /** Records that came while the tail is paused. They are shown when it goes on. */
  waiting: LogRecord[] = [];
  /** How many records have left the page. */
  dropped = 0;
  /** When the journal was read last, in ms since 1970; 0 before. */
  caughtUpAt = 0;
  isBehind = false;
  reached: string | undefined;
  /** Since when the last records were looked for, by their time of filing, if that ended early. */
  lookedSince: string | undefined;
  problem: Problem | undefined;
  isPaused = false;
  private after: string | undefined;
  /** Whether the next answer begins anew. */
  private isAnew = false;
  private timer: number | undefined;
  private readonly ending = new AbortController();
  private readonly filters: URLSearchParams;
  private readonly report: () => void;

  constructor(filters: URLSearchParams, report: () => void) {
    this.filters = filters;
    this.report = report;
  }

  start(): void {
    void this.read();
  }

  stop(): void {
    this.ending.abort();
    window.clearTimeout(this.timer);
  }

  /** Stops or goes on showing. What came in between is shown then. */
  pause(isPaused: boolean): void {
    this.isPaused = isPaused;
    if (!isPaused) {
      this.show(this.waiting);
      this.waiting = [];
    }
    this.report();
  }

  private async read(): Promise<void> {
    let wait = POLL_MS;
    try {
      const changes = this.after === undefined ? { limit: FIRST } : { limit: PAGE, after: this.after };
      const page = await get<TailPage>(target("/logs/tail", changed(this.filters, changes)), this.ending.signal);
      const next = page.next && new URLSearchParams(page.next.slice(page.next.indexOf("?"))).get("after");
      if (next) this.after = next;
      const records = this.isAnew ? this.unknown(page.records) : page.records;
      this.isAnew = false;
      if (this.isPaused) this.wait(records);
      else this.show(records);
      this.problem = undefined;
      this.reached = page.reached;
      this.lookedSince ??= page.cut?.reached;
      this.isBehind = page.caught_up === false || page.records.length >= Number(PAGE);
      if (!this.isBehind) this.caughtUpAt = Date.now();
      if (this.isBehind) wait = 0;
    } catch (error) {
      if (this.ending.signal.aborted) return;
      this.problem = asProblem(error);
      wait = RETRY_MS;
      // The place is lost: only beginning anew helps, and the reader is told.
      if (this.problem.kind === "place-lost") {
        this.after = undefined;
        this.isAnew = true;
      }
    }
    if (this.ending.signal.aborted) return;
    this.report();
    this.timer = window.setTimeout(() => void this.readInSight(), wait);
  }

  /** Reads on where the reader can see it. The journal keeps the place meanwhile, so nothing is lost. */
  private async readInSight(): Promise<void> {
    await inSight(this.ending.signal);
    await this.read();
  }

  /** What begins anew begins with records that may be here already. */
  private unknown(records: readonly LogRecord[]): readonly LogRecord[] {
    const known = new Set([...this.records, ...this.waiting].map(({ id }) => id));
    return records.filter(({ id }) => !known.has(id));
  }

  /** Keeps records for when the tail goes on: no more than will be shown then. */
  private wait(records: readonly LogRecord[]): void {
    const all = [...this.waiting, ...records];
    this.dropped += Math.max(0, all.length - KEPT);
    this.waiting = all.slice(-KEPT);
  }

  private show(records: readonly LogRecord[]): void {
    if (records.length === 0) return;
    const all = [...this.records, ...records];
    this.dropped += Math.max(0, all.length - KEPT);
    this.records = all.slice(-KEPT);
  }
}

/** Returns a tail of the records that match; it starts anew when the filters change. */
export function useTail(filters: URLSearchParams): Tail {
  const [, render] = useReducer((count: number) => count + 1, 0);
  const key = filters.toString();
  const tail = useRef<{ key: string; tail: Tail } | undefined>(undefined);
  if (tail.current?.key !== key) tail.current = { key, tail: new Tail(filters, () => render(0)) };
  const current = tail.current.tail;
  useEffect(() => {
    current.start();
    return () => current.stop();
  }, [current]);
  return current;
}
