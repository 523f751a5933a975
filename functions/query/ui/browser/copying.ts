// What leaves the page: links and files.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { many, order, uid } from "./data.ts";
import { test, until } from "./harness.ts";
import { choose, copied, count, pressTo, says, shows, showsRows, text, texts, transaction } from "./steps.ts";
import type { World } from "./world.ts";

test("a copied link keeps filters, names the zone, and has absolute times; the address stays relative", async (world) => {
  await world.put(order());
  const page = await world.visit(`/ui/logs?from=-1h&service=ordering&zone=local&q=vendor`);
  await page.locator(".row").first().waitFor();
  const before = Date.now();
  const link = new URL(await copied(page, () => page.keyboard.press("y")));
  const parameters = Object.fromEntries(link.searchParams);
  const { from = "", to = "", ...rest } = parameters;
  assert.deepEqual(rest, { service: "ordering", zone: "Asia/Tehran", q: "vendor" });
  assert.ok(Math.abs(Date.parse(to) - before) < 60_000, to);
  assert.equal(Date.parse(to) - Date.parse(from), 3_600_000);
  assert.equal(new URL(page.url()).searchParams.get("from"), "-1h");
  await page.goto(link.href);
  await page.locator(".row").first().waitFor();
  assert.equal(await page.getByTitle("Time zone (u)").textContent(), "Asia/Tehran");
});

async function saved(world: World, page: Page, choice: string): Promise<{ path: string; text: string }> {
  const path = await world.download(page, () => choose(page, "Export", choice));
  return { path, text: await readFile(path, "utf8") };
}

test("exports have every record, of all pages", async (world) => {
  await world.put(many("thousand", 1_000));
  const path = `/transactions/${uid("thousand")}`;
  const page = await world.visit(transaction("thousand"), {}, (page) =>
    // The export leaves the length of pages to the API. Here they are short.
    page.route(
      (url) => url.pathname === path && !url.searchParams.has("limit"),
      (route) => route.continue({ url: `${world.base}${path}?limit=300` }),
    ),
  );
  await page.locator(".row").first().waitFor();
  assert.equal(JSON.parse((await saved(world, page, "JSON")).text).length, 1_000);
  assert.equal((await saved(world, page, "JSON lines")).text.trimEnd().split("\n").length, 1_000);
  assert.equal((await saved(world, page, "Text")).text.match(/^\d{4}-\d\d-\d\dT/gm)?.length, 1_000);
});

test("the exported page shows as many records from a file, without a server", async (world) => {
  const nasty = {
    ...(order("exported")[0] ?? assert.fail()),
    message: "</script><script>alert(1)</script><!-- \u2028",
  };
  await world.put([...order("exported"), nasty]);
  const page = await world.visit(transaction("exported"));
  await showsRows(page, 10);
  const { path } = await saved(world, page, "This page as one file");
  const file = await world.visit(`file://${path}`);
  await showsRows(file, 10);
  await says(file, ".summary", /10 records · 3 services/);
  assert.equal(await count(file, ".timeline circle.first-error"), 1);
  // What needs a server is not offered.
  assert.equal(await count(file, "nav, search, .actions a"), 0);
  await pressTo(file, "e", "vendor order failed");
  await file.locator(".exception .title").waitFor();
  await file.keyboard.press("Escape");
  await file.getByLabel("Service").selectOption("ordering");
  await showsRows(file, 4);
  await file.keyboard.press("/");
  await file.keyboard.type("accepted");
  await shows(file, ["vendor accepted, reference VND-007000"]);
  await file.getByLabel("Words in any field").fill("");
  await file.keyboard.press("Enter");
  await file.getByLabel("Service").selectOption("");
  await showsRows(file, 10);
  await file
    .locator(".row .who .word", { hasText: "inventory" })
    .first()
    .click({ modifiers: ["Alt"] });
  await showsRows(file, 8);
  await until(() => texts(file, ".filters .count"), ["8 of 10"]);
  assert.equal(file.url(), `file://${path}`);
  assert.equal(await text(file, ".summary h1"), uid("exported"));
});
