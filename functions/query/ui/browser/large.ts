// Large transactions: what they cost, and that they can be used.
import assert from "node:assert/strict";
import type { Page, Route } from "playwright-core";
import { many, uid } from "./data.ts";
import { eventually, test, until } from "./harness.ts";
import { count, messages, pressTo, selected, text, texts, transaction } from "./steps.ts";

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

/** Notes how many rows are in the page at most, from now on. */
async function watchRows(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const own = window as unknown as { most: number };
    own.most = 0;
    const look = () => {
      own.most = Math.max(own.most, document.querySelectorAll(".row").length);
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  });
  return () => page.evaluate(() => (window as unknown as { most: number }).most);
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

test("further records wait until the first view is drawn", async (world) => {
  await world.put(many("thousand", 1_000));
  const held: Route[] = [];
  const asked: string[] = [];
  const page = await world.visit(transaction("thousand", "?fold=0"), {}, async (page) => {
    page.on("response", (response) => asked.push(response.url()));
    await page.route("**/outline?*", (route) => void held.push(route));
  });
  await eventually(
    async () => asked,
    (all) => all.some((url) => url.includes("limit=200")),
    "the first records",
  );
  // What the page would ask for now would be answered before this.
  await page.evaluate(() => fetch("/days").then((answer) => answer.text()));
  await until(async () => asked.some((url) => url.endsWith("/days")), true);
  assert.deepEqual(
    asked.filter((url) => url.includes("after=")),
    [],
  );
  await held[0]?.continue();
  await until(() => count(page, ".row"), 1_000);
});

test("50,000 records are scrolled from end to end, with never more than 5,000 rows in the page", async (world) => {
  await world.put(many("fifty-thousand", 50_000));
  const page = await world.visit(transaction("fifty-thousand", "?fold=0"));
  await page.locator(".row").first().waitFor();
  const most = await watchRows(page);
  const last = async () => {
    await page.locator(".list").evaluate((list) => list.scrollTo(0, list.scrollHeight));
    return (await page.locator(".row .what").last().textContent()) ?? "";
  };
  // Each look scrolls on: the end moves away while records are loaded.
  const end = Date.now() + 240_000;
  while (!(await last()).endsWith("no. 49999")) assert.ok(Date.now() < end, await last());
  const rows = await most();
  assert.ok(rows > 4_000 && rows <= MOST_ROWS, `${rows} rows`);
  const first = async () => {
    await page.locator(".list").evaluate((list) => list.scrollTo(0, 0));
    return (await page.locator(".row .what").first().textContent()) ?? "";
  };
  while (!(await first()).endsWith("no. 0")) assert.ok(Date.now() < end, await first());
  assert.ok((await most()) <= MOST_ROWS);
});

test("100,000 records can be used: outline, list by pages, jumps far away, a search through everything", async (world) => {
  await world.put(many("hundred-thousand", 100_000));
  const page = await world.visit(transaction("hundred-thousand", "?fold=0"));
  await page.locator(".row").first().waitFor();
  const most = await watchRows(page);
  // A slow machine does not count them all in the time there is. Then the page says so.
  const all = "100,000 records · 5 services · 4 min 59 s · ■ 200 ERROR · ▲ 800 WARNING";
  const [figures, notices] = [await text(page, ".summary"), await texts(page, ".notice")];
  assert.ok(figures.includes(all) || notices.some((one) => one.includes("the time was up")), figures);
  await until(() => count(page, ".timeline path.density"), 5);
  const bottom = () => text(page, ".list > .more");
  await eventually(bottom, (now) => /5,000 of [\d,]+ are loaded/.test(now), "the first records");

  // The list goes on where the reader reaches its end.
  const loaded = async () => Number((await bottom()).replace(/^([\d,]+) of .*$/, "$1").replaceAll(",", ""));
  await eventually(
    async () => {
      const now = await loaded();
      if (now <= 6_000) await page.locator(".list").evaluate((list) => list.scrollTo(0, list.scrollHeight));
      return now;
    },
    (now) => now >= 7_000,
    "further pages",
  );

  // A click on the timeline leads to a record of that time, though nothing near it is loaded.
  const box = await page.locator(".timeline svg").boundingBox();
  assert.ok(box);
  await page.mouse.click(box.x + 138 + 0.9 * (box.width - 150), box.y + 60);
  const far = await eventually(
    () => selected(page),
    (now) => /no\. [1-9]\d{4}$/.test(now),
    "a record far away",
  );
  await pressTo(page, "j", "");
  const next = Number(/no\. (\d+)$/.exec(far)?.[1]) + 1;
  await eventually(
    () => selected(page),
    (now) => now.endsWith(`no. ${next}`),
    "the next record",
  );

  // The words are searched for in all records, not only in those that are here.
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await page.keyboard.type("no. 98765");
  await eventually(
    () => messages(page),
    (all) => all.length === 1 && (all[0] ?? "").endsWith("no. 98765"),
    "the one record",
  );
  await eventually(
    () => text(page, ".filters .count"),
    (now) => now.startsWith("1 of "),
    "the count",
  );
  await page.getByLabel("Words in any field").fill("");
  await page.keyboard.press("Enter");
  await eventually(bottom, (now) => now.includes("are loaded"), "all again");
  const rows = await most();
  assert.ok(rows > 4_000 && rows <= MOST_ROWS, `${rows} rows`);
  const elements = await count(page, "*");
  assert.ok(elements < MOST_ELEMENTS, `${elements} elements`);
});

test("the browser's own search finds a text in row 4,000", async (world) => {
  await world.put(many("ten-thousand", 10_000));
  const page = await world.visit(transaction("ten-thousand", "?fold=0"));
  await until(() => count(page, ".row"), MOST_ROWS);
  const row = page.locator(".row", { hasText: /no\. 4000$/ });
  // The browser skips what is out of sight when it lays out the page. Its search must not.
  assert.ok(!(await row.evaluate((one) => one.checkVisibility({ contentVisibilityAuto: true }))));
  const find = (words: string) =>
    page.evaluate((wanted) => {
      const found = (window as unknown as { find: (text: string) => boolean }).find(wanted);
      const at = window.getSelection()?.anchorNode?.parentElement?.closest(".row")?.querySelector(".what");
      return found ? (at?.textContent ?? "") : undefined;
    }, words);
  // The second search goes on from the first, and finds no other.
  assert.match((await find("no. 4000")) ?? "", /no\. 4000$/);
  assert.equal(await find("no. 4000"), undefined);
  assert.equal(await find("no. 4000x"), undefined);
  // A browser without a window selects what it finds, and does not scroll to it.
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
