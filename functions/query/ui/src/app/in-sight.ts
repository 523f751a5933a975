// Whether the page is in sight. A tab in the background asks nothing: it can be forgotten there for days.

function isInSight(): boolean {
  return document.visibilityState === "visible";
}

/** Resolves when the page is in sight: at once, or when its tab is shown again. Stays open where `signal` ends it. */
export function inSight(signal: AbortSignal): Promise<void> {
  if (isInSight()) return Promise.resolve();
  const ending = new AbortController();
  signal.addEventListener("abort", () => ending.abort(), { once: true });
  return new Promise((done) => {
    const look = () => {
      if (!isInSight()) return;
      ending.abort();
      done();
    };
    document.addEventListener("visibilitychange", look, { signal: ending.signal });
  });
}

/** Calls `act` every `ms` while the page is in sight, and at once when its tab is shown again. Returns what ends this. */
export function whileInSight(ms: number, act: () => void): () => void {
  const look = () => isInSight() && act();
  const timer = window.setInterval(look, ms);
  document.addEventListener("visibilitychange", look);
  return () => {
    window.clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
  };
}
