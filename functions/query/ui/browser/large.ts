// Large transactions: what they cost, and that they can be used.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { many, uid } from "./data.ts";
import { eventually, test, until } from "./harness.ts";
import { count, pressTo, selected, text, transaction } from "./steps.ts";

/** What the first view of a transaction may transfer, the page itself included. */
const MOST_BYTES = 100 * 1024;
/** What may be in the page at once. */
const MOST_ROWS = 5_000;
const MOST_ELEMENTS = 80_000;

/** Measures what is transferred until the first rows and the timeline are drawn. */
async function firstView(page: Page): Promise<{ bytes: () => number; ms: () => Promise<number> }> {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  let bytes = 0;
  session.on("Network.loadingFinished", ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await page.addInitScript(() => {
    const look = () => {
      if (document.querySelector(".row") && document.querySelector(".timeline path")) performance.mark("drawn");
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  const ms = () => page.evaluate(() => Math.round(performance.getEntriesByName("drawn")[0]?.startTime ?? Number.NaN));
  return { bytes: () => bytes, ms };
}

test("the first view of 10,000 records transfers less than 100 KB", async (world) => {
  await world.put(many("ten-thousand", 10_000));
  let view: Awaited<ReturnType<typeof firstView>> | undefined;
  let bytes = 0;
  const page = await world.visit(transaction("ten-thousand"), {}, async (page) => {
    view = await firstView(page);
    // The pages after the first come when all is drawn. They do not count.
    await page.route("**/transactions/*after=*", async (route) => {
      bytes ||= view?.bytes() ?? 0;
      await route.continue();
    });
  });
  await eventually(
    () => count(page, ".row"),
    (rows) => rows > 100,
    "rows",
  );
  await until(() => count(page, ".timeline path.density"), 5);
  const ms = await view?.ms();
  console.log(`     10,000 records: ${Math.round(bytes / 1024)} KB transferred, drawn after ${ms} ms`);
  assert.ok(bytes > 0 && bytes < MOST_BYTES, `${bytes} bytes`);
  await eventually(
    () => text(page, ".list > .more"),
    (all) => all.includes("5,000 of 10,000 are loaded"),
    "all that is unasked",
  );
  assert.ok((await count(page, ".row")) <= MOST_ROWS);
  const elements = await count(page, "*");
  assert.ok(elements < MOST_ELEMENTS, `${elements} elements`);
});

test("50,000 records are scrolled from end to end, with never more than 5,000 rows in the page", async (world) => {
  await world.put(many("fifty-thousand", 50_000));
  const page = await world.visit(transaction("fifty-thousand", "?fold=0"));
  await page.locator(".row").first().waitFor();
  await page.evaluate(() => {
    const own = window as unknown as { most: number };
    own.most = 0;
    const look = () => {
      own.most = Math.max(own.most, document.querySelectorAll(".row").length);
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  });
  const last = async () => {
    await page.locator(".list").evaluate((list) => list.scrollTo(0, list.scrollHeight));
    return (await page.locator(".row .what").last().textContent()) ?? "";
  };
  // Each look scrolls on: the end moves away while records are loaded.
  const end = Date.now() + 240_000;
  while (!(await last()).endsWith("no. 49999")) assert.ok(Date.now() < end, await last());
  const most = await page.evaluate(() => (window as unknown as { most: number }).most);
  assert.ok(most > 4_000 && most <= MOST_ROWS, `${most} rows`);
  const first = async () => {
    await page.locator(".list").evaluate((list) => list.scrollTo(0, 0));
    return (await page.locator(".row .what").first().textContent()) ?? "";
  };
  while (!(await first()).endsWith("no. 0")) assert.ok(Date.now() < end, await first());
  assert.ok((await page.evaluate(() => (window as unknown as { most: number }).most)) <= MOST_ROWS);
});

test("the browser's own search finds a text in row 4,000", async (world) => {
  await world.put(many("ten-thousand", 10_000));
  const page = await world.visit(transaction("ten-thousand", "?fold=0"));
  await until(() => count(page, ".row"), MOST_ROWS);
  const found = await page.evaluate(() => (window as unknown as { find: (text: string) => boolean }).find("no. 4000"));
  assert.ok(found);
  // A browser without a window selects what it finds, and does not scroll to it.
  const row = page.locator(".row", { hasText: /no\. 4000$/ });
  assert.ok(await row.evaluate((one) => one.contains(window.getSelection()?.anchorNode ?? null)));
  await row.scrollIntoViewIfNeeded();
  assert.ok(await row.isVisible());
});

test("an error beyond what is loaded is found, and a link to it opens there", async (world) => {
  await world.put(many("ten-thousand", 10_000));
  const page = await world.visit(transaction("ten-thousand", "?fold=0"));
  await until(() => count(page, ".row"), MOST_ROWS);
  for (let index = 250; index < 5_500; index += 500) {
    await pressTo(page, "e", "");
    await eventually(
      () => selected(page),
      (now) => now.endsWith(`no. ${index}`),
      `error ${index}`,
    );
  }
  assert.match(await selected(page), /no\. 5250$/);
  const again = await world.visit(page.url().replace(world.base, ""));
  await eventually(
    () => selected(again),
    (now) => now.endsWith("no. 5250"),
    "the linked record",
  );
  await until(() => again.locator(".row[aria-current]").isVisible(), true);
  const box = await again.locator(".row[aria-current]").boundingBox();
  assert.ok(box && box.y > 0 && box.y < 800, JSON.stringify(box));
  assert.equal(new URL(again.url()).pathname, `/ui/transactions/${uid("ten-thousand")}`);
});
