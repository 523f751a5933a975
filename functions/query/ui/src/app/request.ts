// Hooks that ask the API and keep the last good answer while they ask again.
import { useCallback, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Problem } from "../api/problem.ts";
import { inSight } from "./in-sight.ts";

/** How long to wait before what failed is tried again, if it may succeed soon. */
export const RETRY_MS = 5_000;

export type Request<T> = {
  /** The last good answer for this or an earlier key; see `isStale`. */
  readonly value: T | undefined;
  /** When the value was received, in ms since 1970. */
  readonly at: number;
  readonly problem: Problem | undefined;
  readonly isLoading: boolean;
  /** Whether the value is the answer to an earlier key. */
  readonly isStale: boolean;
  readonly again: () => void;
};

/**
 * Loads a value whenever the key changes; `null` loads nothing. A failure that may pass is tried again every five
 * seconds while the page is in sight, and the last good answer stays.
 */
export function useRequest<T>(key: string | null, load: (key: string, signal: AbortSignal) => Promise<T>): Request<T> {
  const [state, setState] = useState<{ key?: string; value?: T; at: number; problem?: Problem }>({ at: 0 });
  const [attempt, setAttempt] = useState(0);
  const again = useCallback(() => setAttempt((count) => count + 1), []);
  const [isLoading, setLoading] = useState(false);
  const loader = useRef(load);
  loader.current = load;
  // `attempt` starts the same request again. The first one starts before the page is painted: it need not wait for that.
  useLayoutEffect(() => {
    if (key === null) return;
    const ending = new AbortController();
    let timer: number | undefined;
    setLoading(true);
    loader.current(key, ending.signal).then(
      (value) => {
        setState({ key, value, at: Date.now() });
        setLoading(false);
      },
      (error: unknown) => {
        if (ending.signal.aborted) return;
        const problem = asProblem(error);
        setState((last) => (last.key === key || problem.isPassing ? { ...last, problem } : { at: 0, problem, key }));
        setLoading(false);
        if (problem.isPassing) timer = window.setTimeout(() => void inSight(ending.signal).then(again), RETRY_MS);
      },
    );
    return () => {
      ending.abort();
      window.clearTimeout(timer);
    };
  }, [key, attempt]);
  return {
    value: state.value,
    at: state.at,
    problem: state.problem,
    isLoading,
    isStale: state.key !== key,
    again,
  };
}

/** Returns the problem that an error is. What is no problem is a defect of the page, and is said as such. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const detail = `The page has a defect: ${error instanceof Error ? error.message : String(error)}`;
  return new Problem({ type: "/problems/page", title: "A defect of the page", status: 0, detail });
}
