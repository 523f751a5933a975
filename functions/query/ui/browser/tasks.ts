// The tree of tasks.
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { order, type Sent, sent, task, uid, withTasks } from "./data.ts";
import { eventually, test, until } from "./harness.ts";
import { choose, count, messages, parameter, showsRows, text, texts, transaction } from "./steps.ts";

const TREE = [
  "✓purchase 1000 of WIDGET-1",
  "├─ ✓check availability",
  "└─ ✓order placed",
  "   ├─ ✗ask the vendor, attempt 1: VendorError: rejected by vendor “Größe & Söhne”",
  "   └─ ✓ask the vendor, attempt 2: vendor accepted",
  "…bill the customer (no end)",
];

/** What each row of the tree shows: its branch, its mark and its text. */
function rows(page: Page): Promise<string[]> {
  return page
    .locator(".task .goal")
    .evaluateAll((all) =>
      all.map((one) =>
        [".branch", ".mark", ".text"].map((part) => one.querySelector(part)?.textContent ?? "").join(""),
      ),
    );
}

async function selectedTask(page: Page): Promise<string> {
  return (await texts(page, ".task[aria-current] .text")).join(" | ");
}

async function pressToTask(page: Page, key: string, expected: string): Promise<void> {
  await page.keyboard.press(key);
  await eventually(
    () => selectedTask(page),
    (now) => now.startsWith(expected),
    `${key} has to lead to “${expected}”`,
  );
}

test("the tree shows goals and subgoals: what succeeded, what failed, how long it took, and what has no end", async (world) => {
  await world.put(withTasks("tasks"));
  const page = await world.visit(transaction("tasks"));
  await showsRows(page, 12);
  await page.getByRole("button", { name: "Tasks" }).click();
  await until(() => rows(page), TREE);
  assert.equal(await text(page, ".tasks [role=status]"), "6 tasks · 1 failed · 1 without an end.");
  assert.deepEqual(await texts(page, ".task .took"), ["233 ms", "134 ms", "97.3 ms", "11.5 ms", "12.6 ms", ""]);
  assert.equal(parameter(page, "tasks"), "1");
  await page.reload();
  await until(() => rows(page), TREE);
  // A task leads to the record that says how it ended, and to all its records.
  await page.locator(".task .text", { hasText: "check availability" }).click();
  await until(() => text(page, ".panel .message"), "check availability: succeeded");
  await page.keyboard.press("Escape");
  await page.locator(".task", { hasText: "check availability" }).getByRole("button", { name: "records" }).click();
  await until(() => messages(page), ["check availability", "reading stock table", "check availability: succeeded"]);
  await page.goBack();
  await until(() => rows(page), TREE);
  // The filters do not narrow the tree, and it says so.
  await page.getByLabel("Level").selectOption("ERROR");
  await eventually(
    () => text(page, ".tasks [role=status]"),
    (said) => said.endsWith("All tasks are here, whatever the filters."),
    "the tree has to say so",
  );
  assert.deepEqual(await rows(page), TREE);
});

test("keys move in the tree, fold it and unfold it", async (world) => {
  await world.put(withTasks("tasks"));
  const page = await world.visit(transaction("tasks"));
  await showsRows(page, 12);
  await page.keyboard.press("t");
  await until(() => rows(page), TREE);
  await pressToTask(page, "j", "purchase 1000");
  await pressToTask(page, "e", "ask the vendor, attempt 1");
  await page.locator(".panel .message", { hasText: "attempt 1: failed" }).waitFor();
  await pressToTask(page, "]", "ask the vendor, attempt 2");
  await pressToTask(page, "k", "ask the vendor, attempt 1");
  await pressToTask(page, "ArrowLeft", "order placed");
  await page.keyboard.press("ArrowLeft");
  await until(() => count(page, ".task"), 4);
  assert.equal(await text(page, ".task .fold[aria-expanded=false]"), "▸ 2 subtasks, 1 not succeeded");
  // Who goes to what is folded wants to see it.
  await pressToTask(page, "e", "ask the vendor, attempt 1");
  await until(() => rows(page), TREE);
  await page.keyboard.press("e");
  await until(() => texts(page, ".toast"), ["No failed task after this"]);
  await page.keyboard.press("t");
  await page.locator(".row[aria-current]", { hasText: "attempt 1: failed" }).waitFor();
});

test("a transaction without tasks offers no tree", async (world) => {
  await world.put([...order(), { ...sent(uid("http"), 0, "a", "INFO", "a task of others"), task: "7", status: 200 }]);
  for (const [name, records] of [
    ["order", 9],
    ["http", 1],
  ] as const) {
    const page = await world.visit(transaction(name));
    await showsRows(page, records);
    await page.keyboard.press("t");
    assert.equal(await count(page, "button.view, .tasks"), 0);
  }
});

test("a task of a transaction that goes on is running, until it ends", async (world) => {
  const own = uid("running");
  const now = Date.now() / 1000;
  const at = (seconds: number, record: Sent) => ({ ...record, created: now + seconds });
  await world.put([at(-2, task(own, 0, "a", "1", "started", "count the stock"))]);
  const page = await world.visit(transaction("running", "?tasks=1"));
  await until(() => rows(page), ["…count the stock (running)"]);
  await world.add([at(0, task(own, 0, "a", "1", "succeeded", "counted 5000", { duration_ms: 2000 }))]);
  await until(() => rows(page), ["✓count the stock: counted 5000"]);
});

test("of a thousand tasks, those that went well are folded", async (world) => {
  const own = uid("thousand-tasks");
  const children = Array.from({ length: 1_000 }, (_, index) => {
    const path = `1/${Math.floor(index / 100) + 1}/${(index % 100) + 1}`;
    const isBad = index === 650;
    const end = { duration_ms: 1, ...(isBad && { error: "ValueError: no price" }) };
    return [
      task(own, 10 + 2 * index, "worker", path, "started", `item ${index}`),
      task(own, 11 + 2 * index, "worker", path, isBad ? "failed" : "succeeded", `item ${index}: done`, end),
    ];
  }).flat();
  const parents = ["1", ...Array.from({ length: 10 }, (_, shelf) => `1/${shelf + 1}`)];
  await world.put([
    ...parents.map((path) => task(own, 0, "importer", path, "started", `goal ${path}`)),
    ...children,
    ...parents.map((path) => task(own, 3_000, "importer", path, "succeeded", `goal ${path}: succeeded`)),
  ]);
  const page = await world.visit(transaction("thousand-tasks", "?tasks=1"));
  await until(() => count(page, ".task"), 1 + 10 + 100);
  assert.equal(await text(page, ".tasks [role=status]"), "1,011 tasks · 1 failed.");
  await page.locator(".task", { hasText: "goal 1/3" }).locator(".fold").click();
  await until(() => count(page, ".task"), 1 + 10 + 200);
  await pressToTask(page, "e", "item 650: ValueError: no price");
  const box = await page.locator(".task[aria-current]").boundingBox();
  assert.ok(box && box.y > 0 && box.y + box.height <= 800, "in sight");
});

test("hostile tasks are texts like any other", async (world) => {
  const own = uid("hostile-tasks");
  const html = "<img src=x onerror=pwned=1>";
  await world.put([
    task(own, 0, html, html, "started", html),
    task(own, 1, "a\u202eb", `${html}/1`, "failed", "goal", { error: "a\u202etxt.exe \u001b[2J" }),
    task(own, 2, "long", `9${"/1".repeat(100_000)}`, "started", "y".repeat(5_000)),
    task(own, 3, "שלום", "=>5,6", "started", "مرحبا 123 שלום"),
    ...Array.from({ length: 30 }, (_, depth) =>
      task(
        own,
        4 + depth,
        "deep",
        Array(depth + 1)
          .fill("d")
          .join("/"),
        "started",
        `deep ${depth}`,
      ),
    ),
  ]);
  for (const width of [1280, 400]) {
    const page = await world.visit(transaction("hostile-tasks", "?tasks=1"), { width });
    await until(() => count(page, ".task"), 34);
    const drawn = await rows(page);
    assert.deepEqual(drawn.slice(0, 2), [`…${html} (no end)`, "└─ ✗goal: a\\u202etxt.exe \\x1b[2J"]);
    assert.ok(drawn.some((one) => one.endsWith("…level 30 deep 29 (no end)")));
    assert.equal(await count(page, "#app img"), 0);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${wide} px at ${width} px`);
    await page.locator(".task", { hasText: "مرحبا" }).getByRole("button", { name: "records" }).click();
    await until(() => messages(page), ["مرحبا 123 שלום"]);
  }
});

test("the exported page shows the tree, too", async (world) => {
  await world.put(withTasks("tasks"));
  const page = await world.visit(transaction("tasks"));
  await showsRows(page, 12);
  const path = await world.download(page, () => choose(page, "Export", "This page as one file"));
  const file = await world.visit(`file://${path}`);
  await showsRows(file, 12);
  await file.getByRole("button", { name: "Tasks" }).click();
  await until(() => rows(file), TREE);
});
