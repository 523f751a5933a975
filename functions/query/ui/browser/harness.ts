// The tests by name, and how to wait: for what the page shows, never for a time.
import assert from "node:assert/strict";
import type { World } from "./world.ts";

type Test = { readonly name: string; readonly run: (world: World) => Promise<void> };

export const all: Test[] = [];

/** Adds a test. Its name is a sentence. */
export function test(name: string, run: Test["run"]): void {
  all.push({ name, run });
}

/** How long a page may take for what a test waits for, on a busy machine. */
const PATIENCE_MS = 30_000;
const PAUSE_MS = 50;

/** Reads again and again until the value is the expected one. Fails with both if that never happens. */
export async function until<T>(read: () => Promise<T>, expected: T, what = ""): Promise<void> {
  let last: T | undefined;
  const isSo = await repeat(async () => {
    last = await read();
    return isEqual(last, expected);
  });
  if (!isSo) assert.deepEqual(last, expected, what || undefined);
}

/** Reads again and again until the value passes. Returns it. */
export async function eventually<T>(read: () => Promise<T>, passes: (value: T) => boolean, what: string): Promise<T> {
  let last: T | undefined;
  const isSo = await repeat(async () => {
    last = await read();
    return passes(last);
  });
  if (!isSo || last === undefined) assert.fail(`${what}; it was ${JSON.stringify(last)?.slice(0, 500)}`);
  return last;
}

async function repeat(attempt: () => Promise<boolean>): Promise<boolean> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    if (await attempt()) return true;
    if (performance.now() > end) return false;
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
}

function isEqual(a: unknown, b: unknown): boolean {
  try {
    assert.deepEqual(a, b);
    return true;
  } catch {
    return false;
  }
}
