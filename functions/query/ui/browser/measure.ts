// Measures the first view of transactions: node browser/measure.ts BASE_URL CHROMIUM UID ...
// Prints a JSON line for each: what was transferred until the first rows and the timeline were drawn, and how long it took.
import type { Browser } from "playwright-core";
import { launch } from "./launch.ts";

type Measured = { readonly uid: string; readonly drawn_ms: number; readonly bytes: number; readonly rows: number };

const [base, executablePath, ...uids] = process.argv.slice(2);
if (!base || !executablePath || uids.length === 0) {
  console.error("node browser/measure.ts BASE_URL CHROMIUM UID ...");
  process.exit(2);
}

const browser = await launch(executablePath);
for (const uid of uids) console.log(JSON.stringify(await measure(browser, base, uid)));
await browser.close();

/** Opens a transaction in a browser that has nothing in its cache. */
async function measure(browser: Browser, base: string, uid: string): Promise<Measured> {
  const page = await (await browser.newContext()).newPage();
  // The page says when it has drawn for the first time; what it loads afterwards does not count.
  await page.addInitScript(() => {
    const look = () => {
      const isDrawn = document.querySelector(".timeline path[d]") !== null && document.querySelector(".row") !== null;
      if (!isDrawn) return void requestAnimationFrame(look);
      requestAnimationFrame(() => {
        const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
        const bytes = (entries as PerformanceResourceTiming[]).reduce((sum, entry) => sum + entry.transferSize, 0);
        const rows = document.querySelectorAll(".row").length;
        Object.assign(window, { measured: { drawn_ms: Math.round(performance.now()), bytes, rows } });
      });
    };
    requestAnimationFrame(look);
  });
  await page.goto(`${base}/ui/transactions/${encodeURIComponent(uid)}`);
  const handle = await page.waitForFunction(() => (window as unknown as { measured?: Omit<Measured, "uid"> }).measured);
  const measured = (await handle.jsonValue()) as Omit<Measured, "uid">;
  await page.context().close();
  return { uid, ...measured };
}
