// The keys of a table: j and k move over its rows, and Enter opens one.
import { useLayoutEffect, useState } from "preact/hooks";
import type { Actions } from "./keys.ts";

type TableKeys = {
  /** The number of the row where the reader is; -1 before the first key. */
  readonly at: number;
  readonly actions: Actions;
};

/** Returns what the keys do in a table of so many rows. The row where the reader is has `aria-current`, and is in sight. */
export function useTableKeys(count: number, open: (index: number) => void): TableKeys {
  const [at, setAt] = useState(-1);
  const actions = {
    j: () => setAt(Math.min(count - 1, at + 1)),
    k: () => setAt(Math.max(0, at - 1)),
    Enter: () => at >= 0 && at < count && open(at),
  };
  useLayoutEffect(() => {
    if (at >= 0) document.querySelector("tbody tr[aria-current]")?.scrollIntoView({ block: "nearest" });
  }, [at]);
  return { at, actions };
}
