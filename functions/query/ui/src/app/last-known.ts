// What stays in sight while its successor is on its way.
import { useRef } from "preact/hooks";

/** Returns a value once it is known; until then, the last one that was. */
export function useLastKnown<T>(value: T, isKnown: boolean): T | undefined {
  const last = useRef<T>(undefined);
  if (isKnown) last.current = value;
  return last.current;
}
