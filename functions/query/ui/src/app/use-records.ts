// The records of a transaction as a hook: loads them, and renders again as they come.
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef } from "preact/hooks";
import { whileInSight } from "./in-sight.ts";
import { RecordWindow } from "./record-window.ts";
import { RETRY_MS } from "./request.ts";

/**
 * Returns the records that match. They are loaded again when the filters change. The first ones come at once, the others
 * when the first view is drawn.
 */
export function useRecords(
  uid: string,
  filters: URLSearchParams,
  columns: readonly string[],
  anchor: string | undefined,
  isDrawn: boolean,
) {
  const [version, render] = useReducer((count: number) => count + 1, 0);
  const key = `${filters}|${columns}`;
  const firstAnchor = useRef(anchor);
  firstAnchor.current = anchor;
  // A jump far away starts again at another record.
  const [jump, startAgain] = useReducer((_: string | undefined, id: string | undefined) => id, undefined);
  // The key stands for filters and columns.
  const window = useMemo(() => new RecordWindow({ uid, filters, columns }, () => render(0)), [uid, key, jump]);
  // What was shown stays until there is an answer: nothing jumps, and a failure hides nothing.
  const shown = useRef(window);
  const isNothing = window.problem?.kind === "unknown-transaction";
  const hasAnswer = window.records.length > 0 || (!window.isLoading && (!window.problem || isNothing));
  if (hasAnswer) shown.current = window;
  const started = useRef<Promise<void>>(undefined);
  // Before the page is painted for the first time: the request need not wait for that.
  useLayoutEffect(() => {
    started.current = window.start(firstAnchor.current);
    return () => window.stop();
  }, [window]);
  // Further records would only delay the first view.
  useEffect(() => {
    if (isDrawn) void started.current?.then(() => window.fill());
  }, [window, isDrawn]);
  // A failure that may pass is tried again. What is loaded stays.
  const isPassing = window.problem?.isPassing ?? false;
  useEffect(() => {
    if (!isPassing) return undefined;
    return whileInSight(RETRY_MS, () => void window.retry(firstAnchor.current));
  }, [isPassing, window]);
  return { window: shown.current, problem: isNothing ? undefined : window.problem, version, startAgain };
}
