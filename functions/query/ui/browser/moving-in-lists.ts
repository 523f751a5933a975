// Keys in lists that hold several transactions: the search and the tail.
import assert from "node:assert/strict";
import { many, order, sent, uid } from "./data.ts";
import { eventually, test, until } from "./harness.ts";
import { count, parameter, pressTo, selected, shows, showsRows, text, texts } from "./steps.ts";

const MESSAGES = order().map(({ message }) => String(message));

test("in the search, keys move to errors, warnings, silences and records of the same service", async (world) => {
  await world.put(order());
  const page = await world.visit(`/ui/logs?log_uid=${uid("order")}`);
  await shows(page, MESSAGES.toReversed());
  for (const [key, message] of [
    ["Enter", "confirm order"],
    ["j", "order placed"],
    ["e", "vendor order failed"],
    ["j", "order item"],
    ["E", "vendor order failed"],
    ["S", "confirm order"],
    ["s", "vendor order failed"],
    ["s", "reading stock table"],
    ["W", "vendor order failed"],
    ["]", "order item"],
    ["[", "vendor order failed"],
  ] as const) {
    await pressTo(page, key, message);
  }
  for (const [key, said] of [
    ["e", "No ERROR further down"],
    ["W", "No WARNING further up"],
  ] as const) {
    await page.keyboard.press(key);
    await until(() => texts(page, ".toast"), [said]);
  }
  await page.keyboard.press("x");
  await showsRows(page, 5);
  await until(async () => parameter(page, "not.service"), "ordering");
});

test("in the search, e reads on to an error that is not loaded", async (world) => {
  await world.put(many("thousand", 1_000));
  const page = await world.visit(`/ui/logs?log_uid=${uid("thousand")}`);
  await showsRows(page, 200);
  for (const index of [750, 250]) {
    await page.keyboard.press("e");
    await eventually(
      () => selected(page),
      (now) => now.endsWith(`no. ${index}`),
      `error ${index}`,
    );
    await until(() => page.locator(".row[aria-current]").isVisible(), true);
  }
  await page.keyboard.press("e");
  await until(() => texts(page, ".toast"), ["No ERROR further down"]);
  await page.keyboard.press("E");
  await eventually(
    () => selected(page),
    (now) => now.endsWith("no. 750"),
    "back to the first error",
  );
});

test("in the search, + and - zoom around the open record, 0 shows everything, and c compares its transaction", async (world) => {
  await world.put(many("minutes", 600, 500));
  const page = await world.visit(`/ui/logs?log_uid=${uid("minutes")}`);
  await page.locator(".histogram path").first().waitFor();
  await page.keyboard.press("j");
  await eventually(
    () => selected(page),
    (now) => now.endsWith("no. 599"),
    "the newest",
  );
  const counted = async () =>
    Number.parseInt((await text(page, ".histogram figcaption span:nth-child(2)")).replace(",", ""), 10);
  await until(counted, 600);
  await page.keyboard.press("+");
  const half = await eventually(counted, (now) => now < 600, "fewer");
  await page.keyboard.press("-");
  await eventually(counted, (now) => now > half, "more");
  await page.keyboard.press("0");
  await until(counted, 600);
  await until(async () => parameter(page, "from"), null);
  await page.keyboard.press("c");
  await until(async () => parameter(page, "a"), uid("minutes"));
});

test("in the tail, keys move from the newest record on, and pause it", async (world) => {
  await world.put(order("tail-keys"));
  const page = await world.visit(`/ui/tail?log_uid=${uid("tail-keys")}`);
  await shows(page, MESSAGES);
  for (const [key, message] of [
    ["e", "vendor order failed"],
    ["w", "vendor order failed"],
    ["S", "reading stock table"],
    ["s", "vendor order failed"],
    ["k", "order item"],
    ["]", "vendor order failed"],
    ["s", "confirm order"],
    ["E", "vendor order failed"],
  ] as const) {
    if (key === "w") await page.keyboard.press("Escape");
    await pressTo(page, key, message);
  }
  await until(() => text(page, ".filters .count"), "paused");
  await page.keyboard.press("x");
  await until(async () => parameter(page, "not.service"), "ordering");
});

test("on a narrow screen, the commonest values are behind the filter button", async (world) => {
  await world.put(order());
  const page = await world.visit(`/ui/logs?log_uid=${uid("order")}`, { width: 400 });
  await showsRows(page, 9);
  // What is not shown is not asked for.
  const asked = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
  assert.ok(asked.some((url) => url.includes("/logs?")) && !asked.some((url) => url.includes("/values")));
  await page.getByRole("button", { name: "Filters · 1" }).click();
  const value = page.locator(".facets li", { hasText: /^ordering\d/ });
  await value.waitFor();
  const box = await value.boundingBox();
  assert.ok(box && box.height >= 24 && box.x >= 0 && box.x + box.width <= 400, JSON.stringify(box));
  await value.getByRole("button", { name: "Exclude ordering", exact: true }).click();
  await showsRows(page, 5);
  await page
    .getByRole("button", { name: /^purchasing 3/ })
    .first()
    .click();
  await showsRows(page, 3);
  await page.getByRole("button", { name: "Show the records" }).click();
  await until(() => count(page, ".facets"), 0);
});

/** A record of days ago. */
const OLD_S = 2 * 86_400;

test("the counts of any time are of the time that has records, however short or long ago", async (world) => {
  const old = sent(uid("old"), 0, "a", "INFO", "two days ago");
  await world.put([...many("minutes", 600, 500), { ...old, created: Number(old.created) - OLD_S }]);
  const bars = (name: string) => async () => {
    const page = pages.get(name);
    if (!page) return Number.NaN;
    const all = await page
      .locator(".histogram path")
      .evaluateAll((paths) =>
        paths.flatMap((path) => [...(path.getAttribute("d") ?? "").matchAll(/M([\d.]+)/g)].map(([, x]) => x)),
      );
    return new Set(all).size;
  };
  const pages = new Map([
    ["minutes", await world.visit(`/ui/logs?log_uid=${uid("minutes")}`)],
    ["old", await world.visit(`/ui/logs?log_uid=${uid("old")}`)],
  ]);
  await eventually(bars("minutes"), (now) => now >= 50, "five minutes are many bars");
  await until(bars("old"), 1);
  const width = await pages
    .get("old")
    ?.locator(".histogram path")
    .evaluate((path) => (path as SVGPathElement).getBBox().width);
  assert.ok(width !== undefined && width < 100, `a record of days ago is a bar of ${width}`);
});
