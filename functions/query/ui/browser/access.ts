// Every view can be read by everyone: in both themes, on large and small screens.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { order, uid, withTasks } from "./data.ts";
import { test } from "./harness.ts";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

type Violation = {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
};

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const axe = (window as unknown as { axe: { run: () => Promise<{ violations: Violation[] }> } }).axe;
    return (await axe.run()).violations;
  });
  return found.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary}`),
  );
}

const ORDER = uid("access");

/** Each view, and what is there when it has loaded. */
const VIEWS: readonly [name: string, path: string, ready: string][] = [
  ["transactions", "/ui/transactions?from=-1h", "tbody tr"],
  ["transaction", `/ui/transactions/${ORDER}`, ".row"],
  ["record", `/ui/transactions/${ORDER}`, ".panel .exception"],
  ["tasks", `/ui/transactions/${uid("tasks")}?tasks=1`, ".task"],
  ["search", "/ui/logs?from=-1h", ".histogram path"],
  ["tail", "/ui/tail", ".row"],
  ["compare", `/ui/compare?a=${ORDER}&b=${uid("access-slow")}`, "tbody tr"],
];

async function open(page: Page, name: string, ready: string): Promise<void> {
  if (name === "record") await page.locator(".row.at-error .when").click();
  await page.locator(ready).first().waitFor();
}

for (const scheme of ["light", "dark"] as const) {
  for (const width of [1280, 360]) {
    test(`axe finds nothing in any view, ${scheme}, ${width} px`, async (world) => {
      await world.put([...order("access"), ...order("access-slow").slice(0, 6), ...withTasks("tasks")]);
      const all: string[] = [];
      for (const [name, path, ready] of VIEWS) {
        const page = await world.visit(path, { width, scheme });
        await open(page, name, ready);
        all.push(...(await violations(page)).map((one) => `${name}: ${one}`));
        if (process.env.PICTURES)
          await page.screenshot({ path: `${process.env.PICTURES}/${name}-${width}-${scheme}.png` });
      }
      assert.deepEqual(all, []);
    });
  }
}
