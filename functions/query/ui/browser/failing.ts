// Failures: each says its sentence, and a way on. What is loaded stays.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { order, sent, uid } from "./data.ts";
import { eventually, test, until } from "./harness.ts";
import { count, says, showsRows, text, texts, transaction } from "./steps.ts";

/** Requests to the API whose path begins so. */
function api(path: string): (url: URL) => boolean {
  return (url) => url.pathname.startsWith(path);
}

const TRANSACTION = api("/transactions/");
const SEARCH = (url: URL) => url.pathname === "/logs";
const OUTLINE = (url: URL) => TRANSACTION(url) && url.pathname.endsWith("/outline");
const FURTHER_TAIL = (url: URL) => url.pathname === "/logs/tail" && url.searchParams.has("after");

/** Answers requests as a failing API would. */
async function fails(page: Page, at: (url: URL) => boolean, status: number, kind: string): Promise<void> {
  const body = { type: `/problems/${kind}`, title: kind, status, detail: `The API's own words for ${kind}.` };
  await page.route(at, (route) => route.fulfill({ status, json: body, contentType: "application/problem+json" }));
}

test("an unknown uid says what was looked at, and can be watched until its first record comes", async (world) => {
  const page = await world.visit(transaction("late"), { statuses: [404] });
  await page.getByRole("heading", { name: `No record has the uid ${uid("late")}` }).waitFor();
  const said = await text(page, ".empty p");
  assert.match(said, /^(Looked at \d+ days?, \d{4}-\d\d-\d\d.*\. Filed until .+ ago\.|Keep watching)/);
  const search = page.getByRole("link", { name: "Search for this text" });
  assert.match((await search.getAttribute("href")) ?? "", /\/ui\/logs\?q=browser-late/);
  await page.getByRole("heading", { name: "No transaction mentions it" }).waitFor();
  await page.getByRole("button", { name: "Keep watching" }).click();
  await page.getByRole("button", { name: "Watching …" }).waitFor();
  await world.put([sent(uid("late"), 0, "a", "INFO", "here at last")]);
  await until(() => texts(page, ".panel .message"), ["here at last"]);
});

test("what is no uid shows the transactions that mention it, at once", async (world) => {
  const [reference, order] = [uid("reference"), uid("mentions")];
  await world.put([sent(order, 0, "shop", "INFO", `order ${reference} paid`)]);
  const page = await world.visit(transaction("reference"), { statuses: [404] });
  await page.getByRole("heading", { name: "Transactions that mention it", exact: true }).waitFor();
  assert.equal(await page.locator(".mentions tbody tr").count(), 1);
  await page.getByRole("link", { name: order }).click();
  await until(() => texts(page, ".panel .message"), [`order ${reference} paid`]);
});

test("a search for mentions that fails is not told, and one that is cut says so", async (world) => {
  const listed = (url: URL) => url.pathname === "/transactions";
  const path = transaction("nobody");
  const failing = await world.visit(path, { statuses: [404, 504] }, (page) => fails(page, listed, 504, "out-of-time"));
  await failing.getByRole("heading", { name: "No record has" }).waitFor();
  await until(() => count(failing, ".mentions"), 0);
  const cut = { reason: "time_limit", reached: "2026-11-20T08:00:00.000000Z" };
  const page = await world.visit(path, { statuses: [404] }, (page) =>
    page.route(listed, (route) => route.fulfill({ json: { transactions: [], next: "/transactions?after=x", cut } })),
  );
  await page.getByRole("heading", { name: "No transaction that mentions it was found yet" }).waitFor();
  await page.getByText(/^Looked back to .*2026-11-20.*; time was up\. Look further$/).waitFor();
});

test("MongoDB away: the page says so, keeps what is loaded, and goes on by itself", async (world) => {
  await world.put(order());
  const page = await world.visit(transaction("order"), { statuses: [503] });
  await showsRows(page, 9);
  await fails(page, TRANSACTION, 503, "database-away");
  await page.getByLabel("Level").selectOption("ERROR");
  const said = await eventually(
    () => texts(page, "[role=alert]"),
    (all) => all.length > 0,
    "the failure",
  );
  assert.match(said[0] ?? "", /^MongoDB does not answer\. Trying again in 5 s\. What you see is from \d\d:\d\d:\d\d\./);
  assert.equal(await count(page, ".row"), 9);
  assert.equal(await count(page, ".timeline"), 1);
  await page.unroute(TRANSACTION);
  await showsRows(page, 1);
  await until(() => count(page, "[role=alert]"), 0);
});

test("out of time: the page says what to narrow", async (world) => {
  const page = await world.visit("/ui/logs", { statuses: [504] }, (page) => fails(page, SEARCH, 504, "out-of-time"));
  await eventually(
    () => texts(page, "[role=alert]"),
    (all) => all.length > 0,
    "the failure",
  );
  await says(page, "[role=alert]", /^The answer took too long\. Narrow the time or the filters\./);
  await page.unroute(SEARCH);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator(".row").first().waitFor();
});

test("the API does not answer at all: the page says so, and tries again", async (world) => {
  await world.put(order());
  const page = await world.visit(transaction("order"), { refused: true }, (page) =>
    page.route(TRANSACTION, (route) => route.abort("connectionrefused")),
  );
  await eventually(
    () => texts(page, "[role=alert]"),
    (all) => all.some((one) => one.startsWith("The query API does not answer. Trying again in 5 s.")),
    "the failure",
  );
  await page.unroute(TRANSACTION);
  await showsRows(page, 9);
});

test("the tail lost its place: the page says so, and begins anew", async (world) => {
  await world.put(order());
  const page = await world.visit("/ui/tail", { statuses: [410] });
  await page.locator(".row").first().waitFor();
  await fails(page, FURTHER_TAIL, 410, "place-lost");
  await eventually(
    () => texts(page, "[role=alert]"),
    (all) => all.length > 0,
    "the failure",
  );
  await says(page, "[role=alert]", /place in the tail was lost.*begins anew/i);
  await page.unroute(FURTHER_TAIL);
  await until(() => count(page, "[role=alert]"), 0);
  const ids = await page.locator(".row").evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset.id));
  assert.equal(new Set(ids).size, ids.length, "no record twice");
});

test("a search that was cut says how far it looked, and looks further", async (world) => {
  await world.put(order());
  const page = await world.visit("/ui/logs?zone=local", {}, (page) =>
    page.route(SEARCH, async (route) => {
      const isFurther = route.request().url().includes("after=");
      const response = await route.fetch();
      const json = (await response.json()) as { records: unknown[] };
      const first = { records: json.records.slice(0, 2), next: "/logs?limit=200&after=6b0000000000000000000000" };
      const cut = { reason: "time_limit", reached: "2026-11-20T08:12:00.000000Z" };
      await route.fulfill({ json: isFurther ? { records: [], next: null, cut: null } : { ...first, cut } });
    }),
  );
  await showsRows(page, 2);
  await until(() => text(page, ".list > .more"), "Looked back to 2026-11-20 11:42:00; time was up.Look further");
  await page.getByRole("button", { name: "Look further" }).click();
  await until(() => text(page, ".list > .more"), "That is all.");
});

test("figures that were cut say so", async (world) => {
  await world.put(order());
  const page = await world.visit(transaction("order"), {}, (page) =>
    page.route(OUTLINE, async (route) => {
      const json = await (await route.fetch()).json();
      await route.fulfill({ json: { ...json, cut: { reason: "time_limit", reached: json.ended } } });
    }),
  );
  await showsRows(page, 9);
  await says(page, ".notice", /^These figures cover the records until .*: the time was up\. Narrow it/);
});

test("payloads that were set aside are counted beside the transaction", async (world) => {
  await world.put(order());
  const page = await world.visit(transaction("order"), {}, (page) =>
    page.route(OUTLINE, async (route) => {
      const json = await (await route.fetch()).json();
      await route.fulfill({ json: { ...json, completeness: { ...json.completeness, quarantined: 4 } } });
    }),
  );
  await showsRows(page, 9);
  await says(page, ".notice", /^4 payloads on these streams were set aside around this time; some may belong here\.$/);
});

test("a wrong parameter says what is allowed, and a record that is gone says so", async (world) => {
  await world.put(order());
  const page = await world.visit("/ui/logs?level=LOUD", { statuses: [400, 404] });
  await eventually(
    () => texts(page, "[role=alert]"),
    (all) => all.length > 0,
    "the failure",
  );
  await says(page, "[role=alert]", /LOUD.*Allowed: .*ERROR/);
  await page.getByRole("button", { name: "Remove all filters" }).click();
  await page.locator(".row").first().waitFor();
  assert.equal(new URL(page.url()).search, "");
  await page.goto(world.base + transaction("order", "?record=000000000000000000000000"));
  await eventually(
    () => texts(page, ".panel [role=alert]"),
    (all) => all.length > 0,
    "the failure",
  );
  await showsRows(page, 9);
});
