// What the figures of a transaction prove about clocks. Only what is certain: a slow delivery and a clock that is behind look
// the same, so a late arrival proves nothing, and neither does a comparison of two lanes.
import type { Lane } from "../api/types.ts";

/** A lane whose clock is ahead of the stream's by at least this. */
export type Skew = { readonly lane: string | null; readonly aheadMs: number };

/** The stream cuts times of arrival to milliseconds: a smaller difference proves nothing. */
const PRECISION_MS = 1;

/** Returns the lanes that have a record from after its own arrival, the furthest ahead first. */
export function skews(lanes: readonly Pick<Lane, "name" | "delay_ms">[]): Skew[] {
  return lanes
    .flatMap(({ name, delay_ms }) => (delay_ms ? [{ lane: name, aheadMs: -delay_ms.min }] : []))
    .filter(({ aheadMs }) => aheadMs >= PRECISION_MS)
    .sort((a, b) => b.aheadMs - a.aheadMs);
}
