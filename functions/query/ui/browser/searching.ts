// The search, and the list of transactions.
import assert from "node:assert/strict";
import type { Route } from "playwright-core";
import { many, order, sent, uid } from "./data.ts";
import { eventually, test, until } from "./harness.ts";
import { count, drag, parameter, shows, text, texts, topOf, transaction } from "./steps.ts";

test("the search shows counts by level, narrows by the brush and by values, and leads to transactions", async (world) => {
  await world.put([...order(), ...many("thousand", 1_000)]);
  const page = await world.visit(`/ui/logs?from=-1h&log_uid=${uid("thousand")}`);
  await page.locator(".histogram path").first().waitFor();
  await eventually(
    () => text(page, ".histogram figcaption"),
    (now) => now.includes("1,000 records"),
    "the counts",
  );
  const cut = await page.locator(".histogram svg").evaluate((svg) => {
    const outer = (svg as SVGSVGElement).viewBox.baseVal;
    return [...svg.querySelectorAll("path")].filter((path) => {
      const box = path.getBBox();
      return box.x < 0 || box.y < 0 || box.x + box.width > outer.width + 0.1 || box.y + box.height > outer.height + 0.1;
    }).length;
  });
  assert.equal(cut, 0, "no bar is cut");
  // The logger `payments.core` may be counted before the service.
  const facet = page.locator(".facets button", { hasText: /^payments\d/ });
  await facet.click();
  await eventually(
    () => texts(page, ".row .who"),
    (all) => all.length > 0 && all.every((one) => one === "payments"),
    "one service",
  );
  assert.equal(parameter(page, "service"), "payments");
  await facet.click({ modifiers: ["Alt"] });
  await until(async () => parameter(page, "not.service"), "payments");
  await page.goBack();
  await page.goBack();
  await until(async () => parameter(page, "service"), null);
  await eventually(
    () => text(page, ".histogram figcaption"),
    (now) => now.includes("1,000 records"),
    "the counts of all services again",
  );
  await drag(page, ".histogram svg", { y: 20, from: (width) => width * 0.5, to: (width) => width * 0.99 });
  await eventually(
    async () => parameter(page, "to"),
    (to) => to?.endsWith("Z") ?? false,
    "the brush",
  );
  await page.locator(".row .uid").first().click();
  await page.locator(".timeline").waitFor();
  assert.equal(new URL(page.url()).pathname, transaction("thousand"));
});

test("words in the bar search, and a search without a result says so", async (world) => {
  await world.put(order());
  const page = await world.visit("/ui/");
  await page.getByRole("searchbox", { name: "Paste a uid, or search" }).fill("vendor order failed");
  await page.keyboard.press("Enter");
  await eventually(
    () => texts(page, ".row .what"),
    (all) => all.length > 0 && all.every((one) => one.startsWith("vendor order failed")),
    "found",
  );
  await page.getByLabel("Words in any field").fill("no such words");
  await page.getByRole("heading", { name: "No record matches" }).waitFor();
});

test("a regular expression in the bar searches, though it has no blank", async (world) => {
  await world.put(order());
  const page = await world.visit("/ui/");
  await page.getByRole("searchbox", { name: "Paste a uid, or search" }).fill("/vendor.order.failed/i");
  await page.keyboard.press("Enter");
  await eventually(
    () => texts(page, ".row .what"),
    (all) => all.length > 0 && all.every((one) => one.startsWith("vendor order failed")),
    "found",
  );
});

test("a path in the bar is looked for as a text, though it begins as a regular expression does", async (world) => {
  const own = uid("path");
  await world.put([sent(own, 0, "gateway", "INFO", "GET /api/v2/path-of-this-test")]);
  const page = await world.visit("/ui/", { statuses: [404] });
  await page.getByRole("searchbox", { name: "Paste a uid, or search" }).fill("/api/v2/path-of-this-test");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Transactions that mention it" }).waitFor();
  await page.locator(".mentions tbody tr", { hasText: own }).waitFor();
});

test("what can be no uid is a text in the bar, too", async (world) => {
  const own = uid("no-uid");
  await world.put([sent(own, 0, "gateway", "INFO", "user is undefined, dots are .. here")]);
  const page = await world.visit("/ui/", { statuses: [400] });
  const search = async (text: string) => {
    await page.getByRole("searchbox", { name: "Paste a uid, or search" }).fill(text);
    await page.keyboard.press("Enter");
  };
  for (const text of ["null", "<b>", "0", "*", "/", "//", "undefined"]) {
    await search(text);
    await page.getByRole("heading", { name: `No record has the uid ${text}`, exact: true }).waitFor();
    await page.getByText(`log_uid is \`${text}\`: services write this when there is no transaction`).waitFor();
    const link = page.getByRole("link", { name: "Search for this text" });
    assert.equal(await link.getAttribute("href"), `/ui/logs?${new URLSearchParams({ q: text })}`);
  }
  await world.picture(page, "no-uid");
  await page.locator(".mentions tbody tr", { hasText: own }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Keep watching" }).count(), 0);
  await search("..");
  await page.locator(".row", { hasText: "dots are .. here" }).waitFor();
  assert.equal(parameter(page, "q"), "..");
  await search("x".repeat(513));
  await page.getByText("It is too long to search for: a text has up to 200 characters.").waitFor();
});

test("nothing of an earlier search stays beside one without a result", async (world) => {
  await world.put(order());
  const page = await world.visit(`/ui/logs?log_uid=${uid("order")}`);
  await page.locator(".facets li").first().waitFor();
  for (const text of ["no such words", "/vendor(/", "🎉🎉"]) {
    await page.getByLabel("Words in any field").fill(text);
    await until(async () => (await count(page, ".facets li")) + (await count(page, ".histogram")), 0);
  }
});

test("a search that has to read all records says so while it does", async (world) => {
  await world.put(order());
  const held: Route[] = [];
  const page = await world.visit("/ui/logs?q=vendor", {}, async (page) => {
    await page.route(
      (url) => url.pathname === "/logs" && url.searchParams.get("q") === "vend*",
      (route) => void held.push(route),
    );
  });
  await page.locator(".row").first().waitFor();
  await page.getByLabel("Words in any field").fill("vend*");
  await page.getByText("Reading all records: only whole words and values are found at once").waitFor();
  await page.locator('.list[aria-busy="true"]').waitFor();
  await held[0]?.continue();
  await page.locator('.list[aria-busy="false"] .row').first().waitFor();
});

test("a search for words that read whole days says so, in its answer and while it goes on", async (world) => {
  await world.put(order());
  const searched = { sketches: 11, scanned: 3 };
  const cut = { reason: "time_limit", reached: "2026-11-20T08:12:00.000000Z" };
  const held: Route[] = [];
  const page = await world.visit("/ui/logs?q=vendor", {}, async (page) => {
    await page.route(
      (url) => url.pathname === "/logs" || url.pathname === "/transactions",
      async (route) => {
        const { pathname, searchParams: query } = new URL(route.request().url());
        if (query.has("after") || query.get("q") === "accepted") return void held.push(route);
        const json = await (await route.fetch()).json();
        const next = "/logs?limit=200&after=6b0000000000000000000000";
        const isCut = pathname === "/logs" && query.get("q") === "vendor";
        await route.fulfill({ json: { ...json, searched, ...(isCut ? { next, cut } : { next: null, cut: null }) } });
      },
    );
  });
  const days = (search: string) =>
    `${search} read 3 days whole, as no sketches said where to look. “logbraid reindex” makes missing ones.`;
  await page.getByText(days("The search")).waitFor();
  await world.picture(page, "whole-cut");
  await page.getByRole("button", { name: "Look further" }).click();
  await page.getByText(`Reading … ${days("The search")}`).waitFor();
  const field = page.getByLabel("Words in any field");
  await field.fill("accepted");
  await page.getByText(`Reading … ${days("The search before")}`).waitFor();
  await world.picture(page, "whole-reading");
  await field.fill("no such words");
  await page.getByRole("heading", { name: "No record matches" }).waitFor();
  await page.getByText(days("Every day was looked at. The search")).waitFor();
  await world.picture(page, "whole-nothing");
  // A regular expression reads all records, whatever sketches there are.
  await field.fill("/no such words/");
  await page.getByText("Every day was looked at.", { exact: true }).waitFor();
  await page.goto(`${world.base}/ui/transactions?q=vendor`);
  await page.getByText(days("That is all. The search")).waitFor();
});

test("what is left of a complete search is pale and in its place until the answer is there", async (world) => {
  await world.put([...order(), ...many("thousand", 1_000)]);
  const held: Route[] = [];
  const page = await world.visit(`/ui/logs?log_uid=${uid("order")}`, {}, (page) =>
    page.route(
      (url) => url.pathname === "/logs" && (url.searchParams.get("q") ?? "") !== "",
      (route) => void held.push(route),
    ),
  );
  /** How bars, values, rows, and their number are shown. */
  const opacities = () =>
    page
      .locator(".histogram, .facets > ul, .chunk, .filters > .count")
      .evaluateAll((all) => [...new Set(all.map((one) => getComputedStyle(one).opacity))]);
  const [pale, full] = [["0.45"], ["1"]];
  await until(opacities, full);
  await until(() => text(page, ".count"), "9");
  const seen = async () => [await topOf(page, ".row"), await text(page, ".facets"), await text(page, ".histogram")];
  const before = await seen();
  await page.getByLabel("Words in any field").fill("vendor");
  await until(opacities, pale);
  await world.picture(page, "pale");
  assert.deepEqual(await seen(), before);
  await held[0]?.continue();
  await until(opacities, full);
  await until(() => text(page, ".count"), "3");
  // Of a list that goes on, a line says which part is counted.
  await page.goto(`${world.base}/ui/logs?log_uid=${uid("thousand")}`);
  const counted = page.locator(".facets").getByText(/^Counted since/);
  await counted.waitFor();
  await until(opacities, full);
  const part = await counted.textContent();
  await page.getByLabel("Words in any field").fill("cache");
  await until(opacities, pale);
  assert.deepEqual([await counted.textContent(), await counted.getAttribute("aria-busy")], [part, "true"]);
});

test("without times, counts are those of all that a search finds, or say of which part", async (world) => {
  const own = uid("days-apart");
  const long_ago = sent(own, -3 * 86_400e3, "billing", "INFO", "invoice written");
  await world.put([long_ago, sent(own, 0, "shipping", "INFO", "parcel sent"), ...many("thousand", 1_000)]);
  const page = await world.visit(`/ui/logs?log_uid=${own}`);
  const values = page.locator(".facets");
  for (const service of ["billing", "shipping"]) {
    await values.locator("button", { hasText: new RegExp(`^${service}1$`) }).waitFor();
  }
  await eventually(
    () => text(page, ".histogram figcaption"),
    (now) => now.includes("2 records"),
    "both are counted",
  );
  assert.equal(await values.getByText("Counted").count(), 0);
  await page.goto(`${world.base}/ui/logs?log_uid=${uid("thousand")}`);
  await values.getByText(/^Counted since \d{4}-/).waitFor();
  await page.getByLabel("Order", { exact: true }).selectOption("oldest");
  await values.getByText(/^Counted until \d{4}-/).waitFor();
});

test("a list of transactions that is empty leads to longer times, until all are looked at", async (world) => {
  await world.put(order());
  const page = await world.visit("/ui/transactions?service=nobody");
  for (const [now, next] of [
    ["the last 24 hours", "the last 7 days"],
    ["the last 7 days", "the last 30 days"],
    ["the last 30 days", "the last 90 days"],
    ["the last 90 days", "any time"],
  ] as const) {
    await page.getByText(`None within ${now} matches.`).waitFor();
    await page.getByRole("button", { name: `Look at ${next}` }).click();
  }
  await page.getByText("Every day was looked at.").waitFor();
  assert.equal(await page.getByLabel("Time").inputValue(), "-3650d");
  await page.getByRole("button", { name: "Remove all filters" }).click();
  await page.locator("tbody tr", { hasText: uid("order") }).waitFor();
});

test("the search pages on to the end of the answer", async (world) => {
  await world.put(many("thousand", 1_000));
  const page = await world.visit(`/ui/logs?from=-1h&log_uid=${uid("thousand")}`);
  await page.locator(".row").first().waitFor();
  await until(async () => {
    await page.locator(".list").evaluate((list) => list.scrollTo(0, list.scrollHeight));
    return count(page, ".row");
  }, 1_000);
  const all = await texts(page, ".row .what");
  assert.equal(new Set(all).size, 1_000);
  await until(() => text(page, ".list > .more"), "That is all.");
});

test("the transactions show their length, their levels and what went wrong first", async (world) => {
  await world.put(order());
  const page = await world.visit("/ui/transactions?from=-1h");
  const row = page.locator("tbody tr", { hasText: uid("order") });
  await row.waitFor();
  const all = (await row.textContent()) ?? "";
  assert.match(all, /97\.3 ms/);
  assert.match(all, /■ 1 ERROR vendor order failed, attempt 1$/);
  assert.ok((await row.locator(".meter rect").count()) === 2);
  await page.getByLabel("Order", { exact: true }).selectOption("slowest");
  await until(async () => parameter(page, "sort"), "slowest");
  await page.getByLabel("Order", { exact: true }).selectOption("newest");
  await row.getByRole("link").click();
  await shows(
    page,
    order().map(({ message }) => String(message)),
  );
});

test("beside an open record, the rows of the search still have their messages", async (world) => {
  await world.put(order());
  for (const width of [900, 1280]) {
    // From a day on, the times of the rows have their day.
    const page = await world.visit(`/ui/logs?log_uid=${uid("order")}&from=-7d`, { width });
    await page.locator(".row").first().waitFor();
    await page.keyboard.press("j");
    await page.locator(".panel .message").waitFor();
    await page.locator(".list").evaluate((list) => list.classList.add("dated"));
    const narrowest = await page
      .locator(".row .what")
      .evaluateAll((all) => Math.min(...all.map((one) => one.getBoundingClientRect().width)));
    assert.ok(narrowest >= (width === 900 ? 130 : 200), `${narrowest} px at ${width} px`);
  }
});

test("a click on one of the commonest levels shows as many records as were counted, also of a level that nobody knows", async (world) => {
  const own = uid("levels");
  await world.put([
    ...["INFO", "WARNING", "ERROR"].map((level, ms) => sent(own, ms, "a", level, `at ${level}`)),
    { ...sent(own, 3, "a", "LOUD <b>", "at LOUD"), levelno: undefined },
  ]);
  const page = await world.visit(`/ui/logs?log_uid=${own}`);
  for (const level of ["INFO", "LOUD <b>"]) {
    await shows(page, ["at LOUD", "at ERROR", "at WARNING", "at INFO"]);
    await page.getByRole("button", { name: `${level} 1`, exact: true }).click();
    await shows(page, [`at ${level.slice(0, 4)}`]);
    await page.goBack();
  }
});

test("keys move over the transactions, with the row in sight, and open one", async (world) => {
  await world.put([
    ...order(),
    ...Array.from({ length: 60 }, (_, index) => sent(uid(`few-${index}`), index, "few", "INFO", "x")),
  ]);
  const page = await world.visit("/ui/transactions?from=-1h&service=few", { height: 500 });
  await page.locator("tbody tr").nth(40).waitFor();
  for (let press = 0; press < 30; press++) await page.keyboard.press("j");
  const row = page.locator("tbody tr[aria-current]");
  await until(() => row.evaluate((one) => (one as HTMLTableRowElement).sectionRowIndex), 29);
  const box = await row.boundingBox();
  assert.ok(box && box.y > 90 && box.y + box.height <= 500, JSON.stringify(box));
  const name = await row.locator("td.uid").textContent();
  await page.keyboard.press("Enter");
  await until(() => text(page, ".summary h1"), name ?? "");
});
