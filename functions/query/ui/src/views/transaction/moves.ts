// Moves through a transaction: to the next record, error, silence, or record of the same service.
import { get } from "../../api/client.ts";
import type { Silence } from "../../api/types.ts";
import type { RecordWindow } from "../../app/record-window.ts";
import { type Level, level, severity } from "../../model/level.ts";
import { type LogRecord, service } from "../../model/record.ts";
import { say } from "../../parts/clipboard.ts";
import { nearestId } from "./order.ts";

/** Forward or back. */
export type Way = 1 | -1;

type Place = {
  /** The loaded records in the order of the list. */
  readonly ordered: readonly LogRecord[];
  readonly selected: LogRecord | undefined;
  readonly records: RecordWindow;
  readonly silences: readonly Silence[];
  readonly open: (record: LogRecord) => void;
  /** Loads the records around one that is not loaded. */
  readonly startAgain: (id: string) => void;
};

export class Moves {
  private readonly place: Place;
  private readonly at: number;

  constructor(place: Place) {
    this.place = place;
    this.at = place.selected ? place.ordered.indexOf(place.selected) : -1;
  }

  step(by: Way): void {
    const { ordered } = this.place;
    this.open(ordered[this.at === -1 ? (by === 1 ? 0 : ordered.length - 1) : this.at + by]);
  }

  sameService(by: Way): void {
    const { ordered, selected } = this.place;
    if (!selected) return;
    const own = service(selected);
    const isSame = (record: LogRecord) => service(record) === own;
    this.open(by === 1 ? ordered.slice(this.at + 1).find(isSame) : ordered.slice(0, this.at).findLast(isSame));
  }

  /** To a record of a level or above, wherever it is. */
  async level(least: Level, by: Way): Promise<void> {
    const { ordered, records, selected } = this.place;
    const isWanted = (record: LogRecord) => severity(level(record)) >= severity(least);
    const near =
      by === 1 ? ordered.slice(this.at + 1).find(isWanted) : ordered.slice(0, Math.max(0, this.at)).findLast(isWanted);
    const isAll = by === 1 ? records.next === null : !records.hasEarlier;
    const far = near || isAll ? undefined : await records.findLevel(least, selected ?? ordered.at(-1), by);
    const found = near ?? far;
    if (found) this.jump(found);
    else say(by === 1 ? `No ${least} after this` : `No ${least} before this`);
  }

  /** To the record that ended a silence. */
  async silence(by: Way): Promise<void> {
    const { selected } = this.place;
    const inTime = this.place.silences.toSorted((a, b) => a.to.localeCompare(b.to));
    const found =
      by === 1
        ? inTime.find((silence) => !selected || silence.to > selected.time)
        : inTime.findLast((silence) => !selected || silence.to < selected.time);
    if (found) await this.record(found.before.id);
    else say(by === 1 ? "No silence after this" : "No silence before this");
  }

  /** To a record by its id. */
  async record(id: string | undefined): Promise<void> {
    if (id === undefined) return;
    const known = this.place.ordered.find((record) => record.id === id);
    if (known) return this.open(known);
    const found = await get<{ record: LogRecord }>(`/logs/${id}?around=0`).catch(() => undefined);
    if (found) this.jump(found.record);
  }

  /** To a record near a time, wherever it is. */
  async time(us: number, timeOf: (record: LogRecord) => number): Promise<void> {
    const { ordered, records } = this.place;
    const far = records.covers(us) ? undefined : await records.findFrom(us);
    if (far) this.jump(far);
    else await this.record(nearestId(ordered, us, timeOf));
  }

  private jump(record: LogRecord): void {
    this.open(record);
    if (!this.place.records.records.some((known) => known.id === record.id)) this.place.startAgain(record.id);
  }

  private open(record: LogRecord | undefined): void {
    if (record) this.place.open(record);
  }
}
