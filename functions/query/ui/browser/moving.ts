// Moving through a transaction: keys, zoom, around a record and back, zones, clocks.
import assert from "node:assert/strict";
import { many, order, sent, uid } from "./data.ts";
import { eventually, test, until } from "./harness.ts";
import {
  copied,
  count,
  drag,
  messages,
  parameter,
  pressTo,
  says,
  selected,
  shows,
  showsRows,
  text,
  texts,
  transaction,
} from "./steps.ts";

test("keys move to records, errors, warnings, silences and records of the same service", async (world) => {
  await world.put(order());
  const page = await world.visit(transaction("order"));
  await showsRows(page, 9);
  for (const [key, message] of [
    ["j", "check availability for 1000 widgets"],
    ["j", "reading stock table"],
    ["k", "check availability for 1000 widgets"],
    ["e", "vendor order failed"],
    ["[", "order item WIDGET-1"],
    ["]", "vendor order failed"],
    ["]", "vendor accepted"],
    ["E", "vendor order failed"],
    ["s", "confirm order"],
    ["S", "vendor order failed"],
    ["S", "reading stock table"],
    ["w", "vendor order failed"],
  ] as const) {
    await pressTo(page, key, message);
  }
  await page.keyboard.press("e");
  await until(() => texts(page, ".toast"), ["No ERROR after this"]);
  assert.match(await selected(page), /^vendor order failed/);
  await page.keyboard.press("Escape");
  await until(() => count(page, ".panel"), 0);
  assert.equal(parameter(page, "record"), null);
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await page.keyboard.press("Escape");
  await until(() => count(page, "dialog"), 0);
});

test("the header leads to the first error and to the longest silence", async (world) => {
  await world.put(order());
  const page = await world.visit(transaction("order"));
  await showsRows(page, 9);
  await page.getByTitle("Go to the first error (e)").click();
  await eventually(
    () => selected(page),
    (now) => now.startsWith("vendor order failed"),
    "the first error",
  );
  await page.getByTitle("Go to the silence (s)").click();
  await eventually(
    () => selected(page),
    (now) => now.startsWith("confirm order"),
    "the silence",
  );
});

test("dragging zooms and sets the address, keys zoom too, and 0 shows everything", async (world) => {
  await world.put(order());
  const page = await world.visit(transaction("order"));
  await showsRows(page, 9);
  const at = (share: number) => (width: number) => 138 + share * (width - 150);
  await drag(page, ".timeline svg", { y: 40, from: at(0.1), to: at(0.4) });
  await shows(
    page,
    order()
      .slice(1, 6)
      .map(({ message }) => String(message)),
  );
  assert.match(parameter(page, "from") ?? "", /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}Z$/);
  assert.match(parameter(page, "to") ?? "", /Z$/);
  assert.equal(await count(page, ".times-chip"), 1);
  await page.keyboard.press("0");
  await showsRows(page, 9);
  assert.equal(parameter(page, "from"), null);
  await pressTo(page, "e", "vendor order failed");
  await page.keyboard.press("+");
  await eventually(
    () => count(page, ".row"),
    (rows) => rows < 9,
    "the zoom has to leave fewer rows",
  );
  assert.match(await selected(page), /^vendor order failed/);
  await page.keyboard.press("-");
  await showsRows(page, 9);
  assert.equal(parameter(page, "from"), null);
});

test("a click on a mark opens its record", async (world) => {
  await world.put(order());
  const page = await world.visit(transaction("order"));
  await showsRows(page, 9);
  const ring = await page.locator(".timeline .first-error").boundingBox();
  assert.ok(ring);
  await page.mouse.click(ring.x + ring.width / 2, ring.y + ring.height / 2);
  await eventually(
    () => selected(page),
    (now) => now.startsWith("vendor order failed"),
    "the mark's record",
  );
});

test("what was around a record leads to it in the search, and back to the same place", async (world) => {
  await world.put(order());
  const page = await world.visit(transaction("order", "?zone=local&fold=0"));
  await showsRows(page, 9);
  await pressTo(page, "e", "vendor order failed");
  const place = page.url();
  await page.getByRole("link", { name: "The same of this service" }).click();
  await page.locator(".histogram").waitFor();
  await eventually(
    () => selected(page),
    (now) => now.startsWith("vendor order failed"),
    "the record in the search",
  );
  assert.equal(parameter(page, "service"), "ordering");
  assert.equal(parameter(page, "zone"), "local");
  assert.match(parameter(page, "from") ?? "", /Z$/);
  await page.locator(".row[aria-current] .uid").click();
  await page.locator(".timeline").waitFor();
  await eventually(
    () => selected(page),
    (now) => now.startsWith("vendor order failed"),
    "the record in its transaction",
  );
  assert.equal(parameter(page, "zone"), "local");
  await page.goBack();
  await page.goBack();
  await until(async () => page.url(), place);
  await showsRows(page, 9);
  assert.match(await selected(page), /^vendor order failed/);
  assert.equal(await text(page, ".panel .message"), "vendor order failed, attempt 1");
});

test("a neighbour's link keeps filters and zone", async (world) => {
  await world.put(order());
  const page = await world.visit(transaction("order", "?zone=local&level=INFO"));
  await showsRows(page, 8);
  await pressTo(page, "e", "vendor order failed");
  await page.locator(".neighbour", { hasNotText: "another transaction" }).locator("a").first().click();
  await eventually(
    async () => parameter(page, "record"),
    (id) => id !== null,
    "the neighbour",
  );
  assert.equal(parameter(page, "zone"), "local");
  assert.equal(parameter(page, "level"), "INFO");
});

test("switching the zone changes every time, and copied times stay RFC 3339 in UTC", async (world) => {
  await world.put(order());
  // Tehran is three hours and a half ahead of UTC: no hour and no minute stays the same.
  const page = await world.visit(transaction("order"), { timezone: "Asia/Tehran" });
  await showsRows(page, 9);
  await pressTo(page, "e", "vendor order failed");
  await page.locator(".neighbour").first().waitFor();
  const times = async (): Promise<string[]> => {
    const all = await texts(page, ".facts, .row, .panel .meta, .neighbour");
    return all.join(" ").match(/\d\d:\d\d:\d\d/g) ?? [];
  };
  const titles = () => page.locator(".row .when").evaluateAll((all) => all.map((one) => one.getAttribute("title")));
  const [before, titlesBefore] = [await times(), await titles()];
  const copy = () => copied(page, () => page.getByRole("button", { name: "Copy the time" }).click());
  const time = await copy();
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.ok(before.length > 3, before.join());
  await page.keyboard.press("u");
  await until(async () => parameter(page, "zone"), "local");
  const after = await eventually(times, (now) => now.join() !== before.join(), "other times");
  assert.equal(after.length, before.length);
  assert.deepEqual(
    after.filter((one) => before.includes(one)),
    [],
  );
  assert.ok((await titles()).every((one, index) => one !== titlesBefore[index]));
  assert.equal(await copy(), time);
});

test("the arrival clock puts records in another order, and says so", async (world) => {
  const own = uid("arrival");
  // The second to arrive says that it was first.
  await world.put([sent(own, 50, "a", "INFO", "arrived first")]);
  await world.add([sent(own, 10, "b", "INFO", "arrived second")]);
  const page = await world.visit(transaction("arrival"));
  await shows(page, ["arrived second", "arrived first"]);
  await page.getByLabel("Clock").selectOption("arrival");
  await shows(page, ["arrived first", "arrived second"]);
  await says(page, ".notice", /Ordered by arrival at the stream, not by the records' own times/);
  assert.equal(parameter(page, "clock"), "arrival");
  await page.getByRole("button", { name: "Back to their own times" }).click();
  await shows(page, ["arrived second", "arrived first"]);
});

test("a clock that is ahead is named, and nothing is moved", async (world) => {
  const own = uid("ahead");
  // Records from ten minutes after now.
  await world.put([
    sent(own, 0, "purchasing", "INFO", "first"),
    sent(own, 900_000, "ordering", "INFO", "from a clock that is ahead"),
  ]);
  const page = await world.visit(transaction("ahead"));
  await shows(page, ["first", "from a clock that is ahead"]);
  const said = await eventually(
    () => texts(page, ".notice.info"),
    (all) => all.length > 0,
    "the clock has to be named",
  );
  assert.match(said[0] ?? "", /^ordering's clock is at least \d+ min.* ahead.*Nothing was moved\./);
  assert.deepEqual(await messages(page), ["first", "from a clock that is ahead"]);
});

test("in a large transaction of several ids, links and keys lead to far records of each id, and back", async (world) => {
  const other = uid("linked-request");
  const records = many("linked", 1_500).map((record, index) => ({
    ...record,
    // The other id carries the errors, and one record has both.
    ...(record.levelname === "ERROR" ? { log_uid: other } : {}),
    ...(index === 0 ? { request_id: other } : {}),
  }));
  await world.put(records);
  const found = await world.ask<{ records: { id: string; message: string }[] }>(
    `/logs?log_uid=${other}&level=ERROR&limit=1`,
  );
  const last = found.records[0] ?? assert.fail();
  assert.match(last.message, /no\. 1250$/);
  const page = await world.visit(transaction("linked", `?follow=1&record=${last.id}&fold=0`));
  for (const [key, number] of [
    ["", 1_250],
    ["k", 1_249],
    ["E", 750],
    ["E", 250],
    ["e", 750],
  ] as const) {
    if (key !== "") await page.keyboard.press(key);
    await eventually(
      () => selected(page),
      (now) => now.endsWith(`no. ${number}`),
      `${key} has to lead to ${number}`,
    );
  }
  await page.keyboard.press("E");
  await eventually(
    () => selected(page),
    (now) => now.endsWith("no. 250"),
    "the first error",
  );
  await page.keyboard.press("E");
  await until(() => texts(page, ".toast"), ["No ERROR before this"]);
});
