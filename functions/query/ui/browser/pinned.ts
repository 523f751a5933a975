// A pinned transaction says so, also when its days are gone.
import assert from "node:assert/strict";
import { sent, uid } from "./data.ts";
import { test, until } from "./harness.ts";
import { showsRows, text, transaction } from "./steps.ts";
import type { World } from "./world.ts";

const REASON = "incident 4711: the vendor was charged twice";
const DAY_MS = 86_400_000;
/** Retention keeps fewer days. */
const LONG_AGO = -20 * DAY_MS;

/** Pins a transaction for thirty days. Returns the day until which it is pinned. */
async function pin(world: World, name: string): Promise<string> {
  const url = `${world.base}/transactions/${uid(name)}/pin`;
  const until = new Date(Date.now() + 30 * DAY_MS).toISOString().slice(0, 10);
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url, { method: "PUT", headers, body: JSON.stringify({ reason: REASON, until }) });
  assert.equal(answer.status, 200, await answer.clone().text());
  return ((await answer.json()) as { until: string | null }).until?.slice(0, 10) ?? "";
}

test("a pinned transaction says why and until when, also after its days are gone", async (world) => {
  const old = (ms: number, message: string) => sent(uid("pinned"), LONG_AGO + ms, "billing", "ERROR", message);
  await world.put([old(0, "card was charged"), old(40, "card was charged again")]);
  const expiry = await pin(world, "pinned");
  assert.match(expiry, /^\d{4}-\d\d-\d\d$/);
  const badge = `pinned until ${expiry}: ${REASON}`;
  const page = await world.visit(transaction("pinned"));
  await until(() => text(page, ".facts .pin"), badge);

  await world.dropOldDays();
  await page.reload();
  await showsRows(page, 2);
  await until(() => text(page, ".facts .pin"), badge);
  // It is one more fact in the line of facts.
  const [pinned, fact] = await Promise.all(
    [".facts .pin", ".facts > span"].map((selector) => page.locator(selector).first().boundingBox()),
  );
  assert.equal(pinned?.height, fact?.height);
  await world.picture(page, "pinned");
});

test("a transaction that is not pinned says nothing of it", async (world) => {
  await world.put([sent(uid("unpinned"), 0, "billing", "INFO", "card was charged")]);
  const page = await world.visit(transaction("unpinned"));
  await showsRows(page, 1);
  assert.equal(await page.locator(".facts .pin").count(), 0);
});
