// Two transactions side by side.
import assert from "node:assert/strict";
import { order, sent, uid } from "./data.ts";
import { test, until } from "./harness.ts";
import { parameter, showsRows, texts, transaction } from "./steps.ts";

test("a comparison shows what is missing, new and slower, aligned by service and message", async (world) => {
  const second = order("second").filter(({ message }) => message !== "reading stock table for WIDGET-1");
  const slow = second.map((record) =>
    record.message === "confirm order VND-007000" ? { ...record, created: Number(record.created) + 0.4 } : record,
  );
  await world.put([...order(), ...slow, sent(uid("second"), 60, "inventory", "WARNING", "stock is low")]);
  const page = await world.visit(transaction("order"));
  await showsRows(page, 9);
  await page.keyboard.press("c");
  await page.getByLabel("Second transaction").fill(uid("second"));
  await page.keyboard.press("Enter");
  await until(() => texts(page, "td.kind"), ["− missing", "+ new", "▲ slower by 400 ms"]);
  assert.deepEqual(await texts(page, ".page [role=status]"), ["1 missing · 1 new · 1 slower"]);
  assert.deepEqual([parameter(page, "a"), parameter(page, "b")], [uid("order"), uid("second")]);
  await page.getByRole("button", { name: "Swap" }).click();
  await until(() => texts(page, "td.kind"), ["+ new", "− missing", "▼ faster by 400 ms"]);
  await page.getByLabel("all records").check();
  await until(async () => (await texts(page, "td.kind")).length, 10);
});

test("a comparison says that it reads, and keys move over its rows", async (world) => {
  await world.put([...order(), ...order("second")]);
  let goOn = () => {};
  const held = new Promise<void>((done) => {
    goOn = done;
  });
  const page = await world.visit(`/ui/compare?a=${uid("order")}&b=${uid("second")}&all=1`, {}, (page) =>
    page.route(/\/transactions\/[^/]*second/, async (route) => {
      await held;
      await route.continue();
    }),
  );
  await until(() => texts(page, ".page .more"), ["Reading …"]);
  goOn();
  await page.locator("td.kind").first().waitFor();
  for (let press = 0; press < 2; press++) await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await until(() => texts(page, ".row[aria-current] .what"), ["reading stock table for WIDGET-1"]);
});
