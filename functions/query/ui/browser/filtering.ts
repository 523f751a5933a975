// Filtering: by clicks, by words, and back.
import assert from "node:assert/strict";
import { many, order, sent, uid } from "./data.ts";
import { eventually, test, until } from "./harness.ts";
import { count, parameter, pressTo, says, selected, showsRows, text, texts, topOf, transaction } from "./steps.ts";

test("a click on a service shows only it, Alt-click everything else, and the address says so", async (world) => {
  await world.put(order());
  const page = await world.visit(transaction("order"));
  await showsRows(page, 9);
  const service = page.locator(".row .who .word");
  await service.filter({ hasText: "inventory" }).first().click();
  await showsRows(page, 2);
  assert.equal(parameter(page, "service"), "inventory");
  await page.goBack();
  await showsRows(page, 9);
  await service
    .filter({ hasText: "inventory" })
    .first()
    .click({ modifiers: ["Alt"] });
  await showsRows(page, 7);
  await service
    .filter({ hasText: "ordering" })
    .first()
    .click({ modifiers: ["Alt"] });
  await showsRows(page, 3);
  assert.equal(parameter(page, "not.service"), "inventory,ordering");
  await page.getByRole("button", { name: "Remove service" }).click();
  await showsRows(page, 9);
});

test("a click on a level shows it and above", async (world) => {
  await world.put(order());
  const page = await world.visit(transaction("order"));
  await showsRows(page, 9);
  await page.locator(".row.at-error [data-field=levelname]").click();
  await showsRows(page, 1);
  assert.equal(parameter(page, "level"), "ERROR");
  assert.equal(await page.getByLabel("Level").inputValue(), "ERROR");
});

test("x leaves out the service of the selected record", async (world) => {
  await world.put(order());
  const page = await world.visit(transaction("order"));
  await showsRows(page, 9);
  await pressTo(page, "e", "vendor order failed");
  await page.keyboard.press("x");
  await showsRows(page, 5);
  assert.equal(parameter(page, "not.service"), "ordering");
});

test("a field of the open record narrows, excludes, and becomes a column", async (world) => {
  await world.put(order());
  const page = await world.visit(transaction("order"));
  await showsRows(page, 9);
  await pressTo(page, "j", "check availability");
  const field = page.locator(".json-row", { has: page.getByText("sku", { exact: true }) });
  await field.hover();
  await field.getByRole("button", { name: "As a column" }).click();
  await until(async () => (await texts(page, ".row .column")).filter((text) => text !== "–").length, 5);
  await field.hover();
  await field.getByRole("button", { name: "Only records with this value" }).click();
  await showsRows(page, 4);
  assert.equal(parameter(page, "field.sku"), "WIDGET-1");
  await page.getByRole("button", { name: "Remove sku" }).click();
  await showsRows(page, 9);
  await field.hover();
  await field.getByRole("button", { name: "Only records without this value" }).click();
  await showsRows(page, 5);
  assert.equal(parameter(page, "not.field.sku"), "WIDGET-1");
});

test("the uid of the open record narrows, too, and a name with a comma is no column", async (world) => {
  const [own, other] = [uid("both"), uid("both-request")];
  await world.put([
    sent(own, 0, "a", "INFO", "of the transaction", { request_id: other, "x,y": 1 }),
    sent(other, 1, "a", "INFO", "of the request"),
  ]);
  const page = await world.visit(transaction("both-request"));
  await showsRows(page, 2);
  await pressTo(page, "j", "of the transaction");
  const field = (name: string) => page.locator(".json-row", { has: page.getByText(name, { exact: true }) });
  await field("x,y").waitFor();
  assert.equal(await field("x,y").getByRole("button", { name: "As a column" }).count(), 0);
  await field("log_uid").hover();
  await field("log_uid").getByRole("button", { name: "Only records with this value" }).click();
  await showsRows(page, 1);
  assert.equal(parameter(page, "field.log_uid"), own);
});

test("filtering keeps the selected record where it is", async (world) => {
  await world.put(many("thousand", 1_000));
  const page = await world.visit(transaction("thousand", "?fold=0"));
  await showsRows(page, 1_000);
  await pressTo(page, "e", "");
  await pressTo(page, "e", "");
  const before = await eventually(
    () => selected(page),
    (now) => now.includes("no. 750"),
    "the second error",
  );
  const top = await eventually(
    () => topOf(page, ".row[aria-current]"),
    (y) => y > 0 && y < 780,
    "in sight",
  );
  for (const level of ["INFO", "", "INFO"]) {
    await page.getByLabel("Level").selectOption(level);
    const isAll = level === "";
    await eventually(
      () => text(page, ".filters .count"),
      (now) => now.startsWith("1,000 of") === isAll,
      "the filter has to work",
    );
    await eventually(
      () => count(page, ".row.at-error ~ .row .level-DEBUG"),
      (rows) => rows > 0 === isAll,
      "other rows",
    );
    assert.equal(await selected(page), before);
    await eventually(
      () => topOf(page, ".row[aria-current]"),
      (y) => Math.abs(y - top) < 3,
      `the row stays at ${top}`,
    );
  }
});

test("words filter while they are typed, and an empty answer offers a way back", async (world) => {
  await world.put(order());
  const page = await world.visit(transaction("order"), { statuses: [404] });
  await showsRows(page, 9);
  await page.keyboard.press("/");
  await page.keyboard.type("vendor");
  await showsRows(page, 3);
  assert.equal(parameter(page, "q"), "vendor");
  await page.keyboard.type(" nonsense");
  await page.getByRole("heading", { name: "None of the 9 records matches these filters" }).waitFor();
  await says(page, ".summary", /9 records/);
  await page.getByRole("button", { name: "Remove all filters" }).click();
  await showsRows(page, 9);
  assert.equal(new URL(page.url()).search, "");
  assert.equal(new URL(page.url()).pathname, `/ui/transactions/${uid("order")}`);
});
