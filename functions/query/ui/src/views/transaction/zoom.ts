// What part of the transaction is shown. Pure.
import type { Outline } from "../../api/types.ts";
import type { Changes } from "../../app/location.ts";
import { micros, rfc3339 } from "../../model/time.ts";

export type Zoom = { readonly from: number; readonly to: number };

/** The shown part, in microseconds: as the address says, or everything. */
export function zoomOf(query: URLSearchParams, whole: Outline, seen: Outline | undefined): Zoom {
  const [start, end] = [micros(whole.started), micros(whole.ended)];
  const from = query.has("from") ? micros(query.get("from") ?? "") : Number.NaN;
  const to = query.has("to") ? micros(query.get("to") ?? "") : Number.NaN;
  const shown = query.has("from") || query.has("to") ? seen : undefined;
  return {
    from: Number.isNaN(from) ? (shown ? micros(shown.started) : start) : Math.max(from, start),
    to: Number.isNaN(to) ? (shown ? micros(shown.ended) : end) : Math.min(to, end),
  };
}

/** Returns what changes in the address for a part that is `factor` times as long, around a time. */
export function zoomedBy(factor: number, middle: number, zoom: Zoom, whole: Outline): Changes {
  const [start, end] = [micros(whole.started), micros(whole.ended)];
  const length = (zoom.to - zoom.from) * factor;
  if (length >= end - start) return { from: null, to: null };
  const from = Math.min(Math.max(start, middle - length / 2), end - length);
  const to = from + length;
  // The end of a query is not part of it.
  return { from: rfc3339(Math.floor(from)), to: rfc3339(Math.ceil(to) + 1) };
}
