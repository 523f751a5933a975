// The state of a view in its address: parsed, with defaults left out.
import { isZone, type Zone } from "../model/time.ts";

export type Clock = "event" | "arrival";
export type LanesBy = "service" | "host" | "process";

export type ViewState = {
  readonly zone: Zone;
  readonly clock: Clock;
  readonly by: LanesBy;
  readonly isFolded: boolean;
  readonly isWrapped: boolean;
  readonly columns: readonly string[];
  /** The id of the open record. */
  readonly record: string | undefined;
  readonly isRaw: boolean;
  /** Whether a transaction's tasks are shown, instead of its records. */
  readonly isTree: boolean;
};

/** More columns leave no room for the message. */
export const MAX_COLUMNS = 8;

export function viewState(query: URLSearchParams): ViewState {
  const zone = query.get("zone") ?? "UTC";
  const by = query.get("by");
  const columns = (query.get("columns") ?? "").split(",").filter((name) => name !== "");
  return {
    zone: isZone(zone) ? zone : "UTC",
    clock: query.get("clock") === "arrival" ? "arrival" : "event",
    by: by === "host" || by === "process" ? by : "service",
    isFolded: query.get("fold") !== "0",
    isWrapped: query.get("wrap") === "1",
    columns: columns.slice(0, MAX_COLUMNS),
    record: query.get("record") ?? undefined,
    isRaw: query.get("raw") === "1",
    isTree: query.get("tasks") === "1",
  };
}
