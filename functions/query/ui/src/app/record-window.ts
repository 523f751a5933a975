// The records of a transaction that the page holds: one range without gaps, which grows at both ends.
import { get, target } from "../api/client.ts";
import type { Problem } from "../api/problem.ts";
import type { Records } from "../api/types.ts";
import type { LogRecord } from "../model/record.ts";
import { micros, rfc3339 } from "../model/time.ts";
import { changed } from "./location.ts";
import { asProblem } from "./request.ts";

/** The first answer is small, so that the first view is quick. */
const FIRST_PAGE = 200;
/** How many records a further answer holds. */
const PAGE = 1_000;
/** How many records may share a microsecond with another, at the edge of an answer. */
const SAME_TIME = 20;
/** So many records are loaded without being asked for. They are what the browser's own search finds. */
export const LOADED_UNASKED = 5_000;
/** The fields that a row shows or needs. */
const ROW_FIELDS = [
  "log_uid",
  "service",
  "fqdn",
  "process",
  "name",
  "levelname",
  "levelno",
  "message",
  "msg",
  "args",
  "exc_text",
  "exc_info",
  "task",
  "status",
  "source.arrived",
];

/** What of the records is asked for. */
export type Wanted = {
  readonly uid: string;
  /** Filters and times. */
  readonly filters: URLSearchParams;
  /** Further fields to show. */
  readonly columns: readonly string[];
};

/** Loads the records of a transaction. Calls `report` after each change. */
export class RecordWindow {
  records: LogRecord[] = [];
  problem: Problem | undefined;
  isLoading = true;
  /** Whether there may be records before the first one. */
  hasEarlier = false;
  /** The address of the records after the last one; `null` at the end. */
  next: string | null = null;
  private readonly ending = new AbortController();
  private readonly wanted: Wanted;
  private readonly report: () => void;

  constructor(wanted: Wanted, report: () => void) {
    this.wanted = wanted;
    this.report = report;
  }

  /** Ends all requests. */
  stop(): void {
    this.ending.abort();
  }

  /** Loads the first records, or those around the record `anchor` where the first answer does not hold it. */
  async start(anchor: string | undefined): Promise<void> {
    await this.guard(async () => {
      const first = await this.page(this.path(), this.query({ limit: String(FIRST_PAGE) }));
      const isFar = anchor && first.next !== null && !first.records.some((record) => record.id === anchor);
      if (!isFar || !(await this.startAt(anchor))) this.take(first.records, first.next);
    });
  }

  /** Loads on to the number of records that is loaded unasked. */
  async fill(): Promise<void> {
    while (!this.isOver() && this.next !== null && !this.problem && this.records.length < LOADED_UNASKED) {
      await this.later(Math.min(PAGE, LOADED_UNASKED - this.records.length));
    }
  }

  /** Loads what follows the last record. */
  async later(limit: number = PAGE): Promise<void> {
    const { next } = this;
    if (next === null || this.isLoading) return;
    await this.guard(async () => {
      const [path, query] = split(next);
      query.set("limit", String(limit));
      const page = await this.page(path, query);
      this.take([...this.records, ...page.records], page.next);
    });
  }

  /** Goes on where loading failed. */
  async retry(anchor: string | undefined): Promise<void> {
    if (this.isLoading) return;
    if (this.records.length === 0) {
      await this.start(anchor);
      return this.fill();
    }
    if (this.next !== null) return this.later();
    this.problem = undefined;
    this.report();
  }

  /** Loads what comes before the first record. */
  async earlier(): Promise<void> {
    const first = this.records[0];
    if (!first || !this.hasEarlier || this.isLoading) return;
    await this.guard(async () => {
      const records = await this.before(first, PAGE);
      this.hasEarlier = records.length >= PAGE;
      this.records = [...records, ...this.records];
    });
  }

  /** Looks for records that were filed since. `expected` is how many there are: more than follow may have come. */
  async refresh(expected: number): Promise<void> {
    const last = this.records.at(-1);
    if (!last) return this.retry(undefined);
    const hasAll = !this.hasEarlier && this.records.length >= expected;
    if (this.next !== null || this.isLoading || hasAll) return;
    await this.guard(async () => {
      // Records that were filed late stand between those that are here.
      if (!this.hasEarlier && this.records.length < PAGE) return this.readAgain();
      const page = await this.page(this.path(), this.query({ after: last.id, limit: String(PAGE) })).catch(nothing);
      const isLate = !this.hasEarlier && this.records.length + page.records.length < expected;
      if (isLate && this.records.length < LOADED_UNASKED) await this.readAgain();
      else if (page.records.length > 0) this.take([...this.records, ...page.records], page.next);
    });
  }

  /** Returns the nearest record of a level or above, after or before another; `undefined` if there is none. */
  async findLevel(level: string, from: LogRecord | undefined, way: 1 | -1): Promise<LogRecord | undefined> {
    const found = (path: string, changes: Record<string, string>) =>
      this.page(path, this.query({ level, ...changes })).then(
        ({ records }) => records,
        () => [],
      );
    if (way === 1) return (await found(this.path(), { limit: "1", ...(from && { after: from.id }) }))[0];
    const records = await found("/logs", {
      ...this.backFrom(from),
      limit: String(SAME_TIME),
    });
    return records.find((record) => !from || record.id < from.id);
  }

  /** Whether a time is among those of the records that are here. */
  covers(us: number): boolean {
    const [first, last] = [this.records[0], this.records.at(-1)];
    if (!first || !last) return false;
    return (!this.hasEarlier || us >= micros(first.time)) && (this.next === null || us <= micros(last.time));
  }

  /** Returns the first record from a time on; `undefined` if there is none. */
  async findFrom(us: number): Promise<LogRecord | undefined> {
    const query = this.query({ from: rfc3339(us), limit: "1" });
    return this.page(this.path(), query).then(
      ({ records }) => records[0],
      () => undefined,
    );
  }

  /** Loads the records around one. Returns whether that one is what is asked for. */
  private async startAt(id: string): Promise<boolean> {
    const around = await get<{ record: LogRecord }>(`/logs/${id}?around=0`, this.ending.signal).catch(() => undefined);
    if (!around) return false;
    const { record } = around;
    const start = micros(record.time);
    const { from, to } = Object.fromEntries(this.wanted.filters);
    if ((from !== undefined && start < micros(from)) || (to !== undefined && start >= micros(to))) return false;
    const onwards = { from: rfc3339(start), limit: String(FIRST_PAGE + SAME_TIME) };
    const [before, page] = await Promise.all([
      this.before(record, FIRST_PAGE),
      this.page(this.path(), this.query(onwards)).catch(nothing),
    ]);
    if (!page.records.some((other) => other.id === id)) return false;
    this.hasEarlier = before.length >= FIRST_PAGE;
    this.take([...before, ...page.records.filter((other) => other.id >= id)], page.next);
    return true;
  }

  /** Reads everything once more, and shows it when all is there. */
  private async readAgain(): Promise<void> {
    const records: LogRecord[] = [];
    let next: string | null = target(this.path(), this.query({ limit: String(PAGE) }));
    while (next !== null && records.length < LOADED_UNASKED) {
      const page: Records = await this.page(...split(next));
      records.push(...page.records);
      next = page.next;
    }
    this.take(records, next);
  }

  /** What asks for the records up to one, the newest first: a microsecond further, since several can have one time. */
  private backFrom(record: LogRecord | undefined): Record<string, string> {
    const to: Record<string, string> = record ? { to: rfc3339(micros(record.time) + 1) } : {};
    return { log_uid: this.wanted.uid, order: "newest", ...to };
  }

  /** The records before one, in time order. */
  private async before(record: LogRecord, limit: number): Promise<LogRecord[]> {
    const query = this.query({ ...this.backFrom(record), limit: String(limit + SAME_TIME) });
    const { records } = await this.page("/logs", query);
    return records.filter((other) => other.id < record.id).reverse();
  }

  private take(records: readonly LogRecord[], next: string | null): void {
    this.records = [...records];
    this.next = next;
  }

  private path(): string {
    return `/transactions/${encodeURIComponent(this.wanted.uid)}`;
  }

  /** The filters with changes. */
  private query(changes: Record<string, string>): URLSearchParams {
    return changed(this.wanted.filters, changes);
  }

  /** A page with the fields that rows need; with all fields where a record would show nothing otherwise. */
  private async page(path: string, query: URLSearchParams): Promise<Records> {
    const fields = [...ROW_FIELDS, ...this.wanted.columns].join(",");
    const page = await get<Records>(target(path, changed(query, { fields })), this.ending.signal);
    const isBlank = ({ message }: LogRecord) => typeof message !== "string" || message.trim() === "";
    if (!page.records.some(isBlank)) return page;
    return get<Records>(target(path, changed(query, { fields: null })), this.ending.signal);
  }

  private async guard(load: () => Promise<void>): Promise<void> {
    this.isLoading = true;
    this.problem = undefined;
    this.report();
    try {
      await load();
    } catch (error) {
      if (!this.isOver()) this.problem = asProblem(error);
    }
    this.isLoading = false;
    if (!this.isOver()) this.report();
  }

  private isOver(): boolean {
    return this.ending.signal.aborted;
  }
}

/** Stands for an answer without records: nothing is left there, which is no failure. */
function nothing(error: unknown): Records {
  if (asProblem(error).kind === "unknown-transaction") return { records: [], next: null };
  throw error;
}

function split(address: string): [string, URLSearchParams] {
  const at = address.indexOf("?");
  return at === -1
    ? [address, new URLSearchParams()]
    : [address.slice(0, at), new URLSearchParams(address.slice(at + 1))];
}
