// The tail.
import assert from "node:assert/strict";
import { many, order, sent, uid } from "./data.ts";
import { eventually, test, until } from "./harness.ts";
import { count, text, texts, topOf } from "./steps.ts";

test("while the tail is paused a thousand records come: none is lost, none is there twice, and nothing moves", async (world) => {
  await world.put(order("tail"));
  const page = await world.visit("/ui/tail?service=gateway%2Corders%2Cinventory%2Cpayments%2Cordering");
  await page.locator(".row").first().waitFor();
  await eventually(
    () => text(page, ".filters .count"),
    (now) => /^live, caught up \d+\.\d s ago$/.test(now),
    "live",
  );
  await page.keyboard.press("p");
  await until(() => text(page, ".filters .count"), "paused");
  const rows = await count(page, ".row");
  const last = await topOf(page, ".row:last-child");
  const own = many("tail-thousand", 1_000);
  await world.put(own);
  await until(() => texts(page, "button.new"), ["1,000 new ↓"]);
  assert.equal(await count(page, ".row"), rows);
  assert.equal(await topOf(page, ".row:last-child"), last);
  await page.keyboard.press("p");
  await until(() => count(page, ".row"), rows + 1_000);
  const messages = (await texts(page, ".row .what")).slice(rows);
  assert.deepEqual([...messages].sort(), own.map(({ message }) => String(message)).sort());
  await eventually(
    () => topOf(page, ".row:last-child"),
    (y) => y > 0 && y < 800,
    "the newest row has to be in sight",
  );
});

test("who scrolls up in the tail reads on undisturbed", async (world) => {
  await world.put(many("tail-scroll", 300));
  const page = await world.visit("/ui/tail");
  await eventually(
    () => count(page, ".row"),
    (rows) => rows >= 50,
    "rows",
  );
  await page.locator(".list").evaluate((list) => list.scrollTo(0, 0));
  await until(() => text(page, ".filters .count"), "paused");
  const before = await topOf(page, ".row");
  await world.put([sent(uid("tail-one"), 0, "gateway", "INFO", "one more")]);
  await eventually(
    () => count(page, "button.new"),
    (there) => there === 1,
    "the number of new records",
  );
  assert.equal(await topOf(page, ".row"), before);
  await page.locator("button.new").click();
  await eventually(
    () => texts(page, ".row .what"),
    (all) => all.includes("one more"),
    "the new record",
  );
  await until(() => count(page, "button.new"), 0);
});

test("on a narrow screen, whether the tail is live stays in sight above the newest record", async (world) => {
  await world.put(many("tail-scroll", 300));
  const page = await world.visit(`/ui/tail?log_uid=${uid("tail-scroll")}`, { width: 400 });
  const inSight = async (selector: string) => {
    const box = await page.locator(selector).last().boundingBox();
    return box !== null && box.y >= 0 && box.y + box.height <= 800;
  };
  await until(() => inSight(".row"), true);
  await until(() => inSight(".filters .count"), true);
  await page.getByRole("button", { name: "Pause" }).click();
  await until(() => text(page, ".filters .count"), "paused");
  assert.ok(await inSight(".row"));
});

test("a tail with few matches says since when it looked, and leads to the search", async (world) => {
  await world.put(order());
  const page = await world.visit("/ui/tail?q=nowhere-at-all", {}, async (page) => {
    await page.route(
      (url) => url.pathname === "/logs/tail",
      async (route) => {
        const response = await route.fetch();
        const cut = { reason: "count_limit", reached: "2026-11-20T08:35:39.000000Z" };
        await route.fulfill({ response, json: { ...(await response.json()), cut } });
      },
    );
  });
  await page.getByText("Looked at what was filed since 2026-11-20 08:35:39").waitFor();
  await page.getByText("No record yet. New ones appear here.").waitFor();
  await page.getByRole("link", { name: "Search all days" }).click();
  await page.getByRole("heading", { name: "No record matches" }).waitFor();
});
