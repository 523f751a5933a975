// Reading a transaction: what a uid shows.
import assert from "node:assert/strict";
import { many, order, sent, services, uid } from "./data.ts";
import { eventually, test, until } from "./harness.ts";
import { count, lanes, parameter, says, shows, showsRows, text, texts, transaction } from "./steps.ts";

test("a pasted uid and Enter show nine records in three lanes, one of them a marked error", async (world) => {
  await world.put(order());
  const page = await world.visit("/ui/");
  await page.getByRole("searchbox", { name: "Paste a uid, or search" }).fill(`  ${uid("order")} `);
  await page.keyboard.press("Enter");
  await showsRows(page, 9);
  assert.equal(new URL(page.url()).pathname, transaction("order"));
  await until(() => lanes(page), ["purchasing", "inventory", "ordering"]);
  assert.equal(await count(page, '.timeline path[data-level="ERROR"]'), 1);
  assert.equal(await count(page, ".timeline circle.first-error"), 1);
  assert.deepEqual(await texts(page, ".row.at-error .first"), ["first error"]);
  assert.deepEqual(await texts(page, ".row .cause"), [
    "└ VendorError: order for WIDGET-1 rejected by vendor “Größe & Söhne”",
  ]);
  await says(page, ".summary", /9 records · 3 services · 97\.3 ms · ■ 1 ERROR/);
  const facts = await text(page, ".facts");
  assert.match(facts, /First error \+35\.4 ms ordering/);
  assert.match(facts, /Longest silence 50\.5 ms before ordering/);
});

test("the header is the sum of all pages of the API", async (world) => {
  await world.put(many("thousand", 1_000));
  type Page = { records: { levelname: string; service: string }[]; next: string | null };
  const levels = new Map<string, number>();
  const names = new Set<string>();
  let total = 0;
  for (let next: string | null = `/transactions/${uid("thousand")}?limit=300`; next !== null; ) {
    const page: Page = await world.ask<Page>(next);
    for (const { levelname, service } of page.records) {
      levels.set(levelname, (levels.get(levelname) ?? 0) + 1);
      names.add(service);
    }
    total += page.records.length;
    next = page.next;
  }
  const page = await world.visit(transaction("thousand"));
  await page.locator(".row").first().waitFor();
  const header = await text(page, ".summary");
  assert.equal(total, 1_000);
  assert.match(header, new RegExp(`1,000 records · ${names.size} services · 3 s`));
  assert.ok(header.includes(`■ ${levels.get("ERROR")} ERROR`), header);
  assert.ok(header.includes(`▲ ${levels.get("WARNING")} WARNING`), header);
});

test("other ids are named, and their records are taken if that is asked for", async (world) => {
  const [trace, request] = [uid("trace"), uid("request")];
  await world.put([
    sent(trace, 0, "gateway", "INFO", "order received", { request_id: request }),
    sent(request, 20, "shop", "ERROR", "payment failed"),
  ]);
  const page = await world.visit(transaction("trace"));
  await showsRows(page, 1);
  await until(async () => (await text(page, ".facts")).includes(`Also known as ${request}`), true);
  await page.getByRole("button", { name: "follow" }).click();
  await showsRows(page, 2);
  await says(page, ".summary", /2 records · 2 services · 20 ms · ■ 1 ERROR/);
  assert.equal(parameter(page, "follow"), "1");
  await page.getByRole("button", { name: "this id only" }).click();
  await showsRows(page, 1);
  await page.getByRole("link", { name: request }).click();
  await showsRows(page, 2);
});

test("a reload restores everything", async (world) => {
  await world.put(order());
  const query = "?level=INFO&service=ordering&clock=arrival&fold=0&wrap=1&columns=sku%2Cfqdn&by=host&zone=local";
  const page = await world.visit(transaction("order", query));
  await page.locator(".row .when").first().click();
  await page.locator(".panel .message").waitFor();
  const state = () =>
    page.evaluate(() => ({
      address: window.location.href,
      rows: [...document.querySelectorAll<HTMLElement>(".row")].map((row) => row.textContent),
      open: document.querySelector<HTMLElement>(".row[aria-current]")?.dataset.id,
      message: document.querySelector<HTMLElement>(".panel .message")?.textContent,
      pressed: [...document.querySelectorAll('.filters [aria-pressed="true"]')].map((one) => one.textContent),
      chosen: [...document.querySelectorAll<HTMLSelectElement>(".filters select")].map((one) => one.value),
      lanes: [...document.querySelectorAll(".timeline text.name")].map((one) => one.textContent),
    }));
  const before = await eventually(state, ({ open, message }) => open !== undefined && message !== undefined, "open");
  assert.equal(before.rows.length, 4);
  assert.equal(parameter(page, "record"), before.open);
  await page.reload();
  await until(state, before);
});

test("back never shows JSON, and a browser at the API's address gets the page", async (world) => {
  await world.put(order());
  const page = await world.visit("/");
  await until(async () => new URL(page.url()).pathname, "/ui/");
  await page.goto(`${world.base}/transactions/${uid("order")}`);
  await showsRows(page, 9);
  assert.equal(new URL(page.url()).pathname, transaction("order"));
  await page.getByRole("link", { name: "Search", exact: true }).click();
  await page.locator(".histogram").waitFor();
  await page.goto(`${world.base}/ui/tail`);
  for (const [path, ready] of [
    ["/ui/logs", ".histogram"],
    [transaction("order"), ".timeline"],
    ["/ui/", ".page"],
  ] as const) {
    await page.goBack();
    await page.locator(ready).waitFor();
    assert.equal(new URL(page.url()).pathname, path);
    assert.equal(await page.evaluate(() => document.contentType), "text/html");
  }
});

test("a record that is alone is open, without a timeline, with what was around it", async (world) => {
  await world.put([
    ...order("around"),
    sent(uid("alone"), 30, "ordering", "INFO", "the only record of its transaction", { sku: "WIDGET-9" }),
  ]);
  for (const width of [1280, 400]) {
    const page = await world.visit(transaction("alone"), { width });
    await until(() => texts(page, ".panel .message"), ["the only record of its transaction"]);
    await page.getByText("In the same service").waitFor();
    assert.ok((await texts(page, ".neighbour")).some((line) => line.includes("another transaction")));
    assert.equal(await count(page, ".timeline"), 0);
    assert.ok(await page.locator(".summary h1").isVisible());
  }
});

test("ten records have a mark each, labels on the silences, and lines to the next record", async (world) => {
  const own = uid("ten");
  const names = ["a", "b", "c"];
  await world.put(
    Array.from({ length: 10 }, (_, index) =>
      sent(own, index < 5 ? index * 10 : 500 + index * 10, names[index % 3] ?? "", "INFO", `step ${index}`),
    ),
  );
  const page = await world.visit(transaction("ten"));
  await showsRows(page, 10);
  const d = (await page.locator('.timeline path[data-level="INFO"]').getAttribute("d")) ?? "";
  assert.equal(d.split("M").length - 1, 10);
  const lines = (await page.locator(".timeline .handover").getAttribute("d")) ?? "";
  assert.equal(lines.split("L").length - 1, 9);
  assert.deepEqual(
    (await page.locator(".timeline g > text:not(.name)").allTextContents()).filter((text) =>
      text.startsWith("silence"),
    ),
    ["silence 510 ms"],
  );
});

test("over twelve services, those with errors come first and the rest is counted", async (world) => {
  await world.put(services("lanes", 30, (index) => (index >= 28 ? "ERROR" : "INFO")));
  const page = await world.visit(transaction("lanes"));
  await page.locator(".timeline text.name").first().waitFor();
  const names = await lanes(page);
  assert.equal(names.length, 12);
  assert.ok(names.includes("service-28") && names.includes("service-29"), names.join());
  assert.equal(names.at(-1), "+19 services");
});

test("a thousand records are folded; what is shown and what is folded make the total", async (world) => {
  const own = uid("folded");
  await world.put(
    Array.from({ length: 1_000 }, (_, index) =>
      index % 250 === 200
        ? sent(own, index, "worker", "WARNING", `retry ${index}`)
        : sent(own, index, "worker", "INFO", `request ${index} finished in ${index % 7} ms`),
    ),
  );
  const page = await world.visit(transaction("folded"));
  await until(() => texts(page, ".row .times"), ["× 200", "× 249", "× 249", "× 249", "× 49"]);
  assert.equal(await count(page, ".row"), 9);
  await until(() => texts(page, ".filters .count"), ["1,000 of 1,000 · 991 folded"]);
  assert.deepEqual((await texts(page, ".row.fold .what"))[0], "request # finished in # ms");
  await page.locator(".row.fold").first().click();
  await showsRows(page, 208);
  await page.keyboard.press("f");
  await showsRows(page, 1_000);
  assert.equal(parameter(page, "fold"), "0");
});

test("a record without a message shows its fields, and no row is blank", async (world) => {
  const own = uid("blank");
  await world.put([
    { ...sent(own, 0, "a", "INFO", ""), sku: "WIDGET-1" },
    { ...sent(own, 1, "a", "INFO", "   "), sku: "WIDGET-2" },
    { log_uid: own, service: "a", created: sent(own, 2, "a", "INFO", "").created, order: { id: 7 } },
  ]);
  const page = await world.visit(transaction("blank", "?fold=0"));
  await showsRows(page, 3);
  const rows = await texts(page, ".row .what");
  assert.ok(
    rows.every((row) => row.trim() !== ""),
    JSON.stringify(rows),
  );
  // Ingest makes a line of the fields for the first and the last; the page does so for the one between them.
  assert.match(rows[0] ?? "", /sku=WIDGET-1/);
  assert.match(rows[1] ?? "", /name=a\.core .*sku=WIDGET-2/);
  assert.match(rows[2] ?? "", /order\.id=7/);
});

test("on 400 px the bar has two lines, the filters one button, and the open record covers the screen", async (world) => {
  await world.put(order());
  const page = await world.visit(transaction("order"), { width: 400 });
  await showsRows(page, 9);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 400);
  await page.locator(".timeline .handover").waitFor();
  assert.equal(await page.evaluate(() => window.scrollY), 0);
  const tops = await page
    .locator(".bar > *")
    .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().bottom));
  assert.equal(new Set(tops.map((bottom) => Math.round(bottom / 30))).size, 2, tops.join());
  assert.ok(!(await page.getByLabel("Level").isVisible()));
  await page.getByRole("button", { name: "Filters" }).click();
  await page.getByLabel("Level").selectOption("ERROR");
  await showsRows(page, 1);
  await page.getByRole("button", { name: "Filters · 1" }).waitFor();
  await page.locator(".row .when").click();
  const sheet = await page.locator(".panel").boundingBox();
  assert.deepEqual([sheet?.x, sheet?.y, sheet?.width, sheet?.height], [0, 0, 400, 800]);
  await page.getByRole("button", { name: "Close the record" }).click();
  await until(() => count(page, ".panel"), 0);
});

test("on paper there are all rows, and no buttons", async (world) => {
  await world.put(order());
  const page = await world.visit(transaction("order"), { scheme: "dark" });
  await showsRows(page, 9);
  await page.emulateMedia({ media: "print" });
  assert.ok(!(await page.locator(".filters").isVisible()));
  assert.ok(!(await page.locator(".bar").isVisible()));
  assert.ok(await page.locator(".row").last().isVisible());
  assert.equal(
    await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor),
    "rgb(255, 255, 255)",
  );
});

test("rows show the columns that the reader chooses", async (world) => {
  await world.put(order());
  const page = await world.visit(transaction("order"));
  await showsRows(page, 9);
  await page.getByRole("button", { name: "Columns ▾" }).click();
  await page.getByLabel("fqdn").check();
  await page.getByLabel("Another column").fill("sku");
  await page.keyboard.press("Enter");
  await until(async () => (await texts(page, ".row:first-child .column")).join(), "shop-1,WIDGET-1");
  assert.equal(parameter(page, "columns"), "fqdn,sku");
  await shows(
    page,
    order().map(({ message }) => String(message)),
  );
});
