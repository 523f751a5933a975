// The colours of lanes: by first appearance, in turn.
import { useMemo } from "preact/hooks";

/** How many colours there are. */
export const LANE_COLOURS = 6;

/** The number of a lane's colour. */
export type LaneColour = (name: string | null) => number;

/** Gives each name the next colour when it comes for the first time. */
export function laneColours(names: Iterable<string | null> = []): LaneColour {
  const known = new Map<string | null, number>();
  const colour: LaneColour = (name) => {
    const own = known.get(name) ?? known.size % LANE_COLOURS;
    known.set(name, own);
    return own;
  };
  for (const name of names) colour(name);
  return colour;
}

/** The colours of a view that learns of lanes as it goes. */
export function useLaneColours(): LaneColour {
  return useMemo(() => laneColours(), []);
}
