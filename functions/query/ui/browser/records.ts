// The open record: exceptions, JSON, and what can be copied from it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { order, sent, uid } from "./data.ts";
import { eventually, test, until } from "./harness.ts";
import type { Document } from "./mongosh.ts";
import { choose, copied, count, parameter, pressTo, showsRows, text, texts, transaction } from "./steps.ts";

const PYTHON = `Traceback (most recent call last):
  File "/srv/shop/stock.py", line 12, in reserve
    row = table[sku]
KeyError: 'WIDGET-1'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/shop/orders.py", line 40, in order
    reserve(sku)
  File "/usr/lib/python3.12/site-packages/shop/retry.py", line 7, in call
    return call()
OrderError: cannot order WIDGET-1`;

const JAVA = `com.shop.OrderException: cannot order WIDGET-1
	at com.shop.Orders.order(Orders.java:40)
	at java.base/java.lang.Thread.run(Thread.java:840)
Caused by: java.sql.SQLException: no such row
	at com.shop.Stock.reserve(Stock.java:12)
	... 2 more`;

const NODE = `Error: cannot order WIDGET-1
    at order (/srv/shop/orders.js:40:11)
    at processTicksAndRejections (node:internal/process/task_queues:95:5) {
  [cause]: RangeError: no such row
      at reserve (/srv/shop/stock.js:12:9)
}`;

test("exception chains show their root cause in the row, and their frames in the record", async (world) => {
  const own = uid("chains");
  await world.put([
    sent(own, 0, "py", "ERROR", "failed in Python", { exc_text: PYTHON }),
    sent(own, 1, "java", "ERROR", "failed in Java", { exc_text: JAVA }),
    sent(own, 2, "node", "ERROR", "failed in Node", { exc_text: NODE }),
  ]);
  const page = await world.visit(transaction("chains"));
  await until(
    () => texts(page, ".row .cause"),
    ["└ KeyError: 'WIDGET-1'", "└ java.sql.SQLException: no such row", "└ RangeError: no such row"],
  );
  for (const [key, root, titles, library] of [
    ["j", "KeyError: 'WIDGET-1' root cause", 2, 1],
    ["j", "java.sql.SQLException: no such row root cause", 2, 1],
    ["j", "RangeError: no such row root cause", 2, 1],
  ] as const) {
    const before = parameter(page, "record");
    await page.keyboard.press(key);
    await eventually(
      async () => parameter(page, "record"),
      (id) => id !== before,
      "the next record",
    );
    await eventually(
      () => texts(page, ".exception .title"),
      (all) => all.includes(root),
      `the root cause ${root}`,
    );
    assert.equal(await count(page, ".exception .title"), titles);
    assert.equal(await count(page, ".exception details:not([open]) summary"), library);
    assert.ok(await page.locator(".exception .frame:not(.library)").first().isVisible());
  }
  await page.getByRole("button", { name: "Raw text" }).click();
  assert.equal(await text(page, ".panel pre.raw"), NODE);
});

test("an exception that is alone is not called a root cause", async (world) => {
  await world.put(order());
  const page = await world.visit(transaction("order"));
  await showsRows(page, 9);
  await pressTo(page, "e", "vendor order failed");
  await page.locator(".exception .title").waitFor();
  assert.equal(
    await text(page, ".exception .title"),
    "VendorError: order for WIDGET-1 rejected by vendor “Größe & Söhne”",
  );
});

test("copied curl and mongosh give the same record", async (world) => {
  await world.put(order());
  const page = await world.visit(transaction("order"));
  await showsRows(page, 9);
  await pressTo(page, "e", "vendor order failed");
  const id = parameter(page, "record") ?? "";
  await page.locator(".panel .message").waitFor();
  const copyAs = (form: string) => copied(page, () => choose(page, "Copy", form));
  const stored = JSON.parse(await copyAs("JSON"));
  assert.equal(stored.id, id);
  assert.equal(await copyAs("Message"), "vendor order failed, attempt 1");

  const curl = await copyAs("curl");
  assert.match(curl, /^curl -sg --compressed /);
  assert.deepEqual(JSON.parse(await run(curl)).record, stored);

  const found = world.mongosh(await copyAs("mongosh"));
  // MongoDB's times have milliseconds.
  assert.deepEqual(found.map(asStored), [{ ...stored, time: `${stored.time.slice(0, 23)}Z` }]);
});

/** A document of MongoDB as the API writes it. Extended JSON writes times without the zeros at their end. */
function asStored({ _id, ...fields }: Document): object {
  const time = (value: { $date?: string }) => value?.$date && new Date(value.$date).toISOString();
  const plain = JSON.parse(JSON.stringify(fields), (_, value) => value?.$oid ?? time(value) ?? value);
  return { ...plain, id: (_id as { $oid: string }).$oid };
}

test("a transaction's copied curl and mongosh give its records, whatever its uid", async (world) => {
  for (const name of ["order", `it's "\${quoted}"\\ \u202e\u2028`]) {
    const own = order(name);
    await world.put(own);
    const page = await world.visit(`/ui/transactions/${encodeURIComponent(uid(name))}`);
    await showsRows(page, 9);
    const all = own.map(({ message }) => message);
    const query = await copied(page, () => choose(page, "Export", "Copy as mongosh"));
    assert.deepEqual(
      world.mongosh(query).map(({ message }) => message),
      all,
      query,
    );
    const curl = await copied(page, () => choose(page, "Export", "Copy as curl"));
    const records: Document[] = JSON.parse(await run(curl)).records;
    assert.deepEqual(
      records.map(({ message }) => message),
      all,
      curl,
    );
  }
});

test("a transaction's copied mongosh also gives the records that carry the uid as another id, and those that were followed", async (world) => {
  const [own, other] = [uid("aliased"), uid("aliased-request")];
  await world.put([
    sent(own, 0, "a", "INFO", "carries both", { request_id: other }),
    sent(other, 1, "b", "INFO", "carries the request only"),
  ]);
  for (const [path, expected] of [
    [other, ["carries both", "carries the request only"]],
    [`${own}?follow=1`, ["carries both", "carries the request only"]],
  ] as const) {
    const page = await world.visit(`/ui/transactions/${path}`);
    await showsRows(page, 2);
    const query = await copied(page, () => choose(page, "Export", "Copy as mongosh"));
    assert.deepEqual(
      world.mongosh(query).map(({ message }) => message),
      expected,
      query,
    );
  }
});

test("a transaction's copied curl gives its records with the filters, and its logbraid command says the same", async (world) => {
  await world.put(order());
  const page = await world.visit(transaction("order", "?level=INFO&service=ordering"));
  await showsRows(page, 4);
  const curl = await copied(page, () => choose(page, "Export", "Copy as curl"));
  assert.equal(JSON.parse(await run(curl)).records.length, 4);
  const cli = await copied(page, () => choose(page, "Export", "Copy as logbraid command"));
  assert.equal(cli, `logbraid get --level=INFO --service=ordering ${uid("order")}`);
});

test("r shows the record as it is stored", async (world) => {
  await world.put(order());
  const page = await world.visit(transaction("order"));
  await showsRows(page, 9);
  await pressTo(page, "j", "check availability");
  await page.locator(".panel .message").waitFor();
  await page.keyboard.press("r");
  await page.locator(".panel pre.raw").waitFor();
  const stored = JSON.parse(await text(page, ".panel pre.raw"));
  assert.deepEqual(
    [stored.id, stored.message, stored.sku],
    [parameter(page, "record"), "check availability for 1000 widgets", "WIDGET-1"],
  );
});

async function run(command: string): Promise<string> {
  return (await promisify(execFile)("bash", ["-c", command])).stdout;
}
