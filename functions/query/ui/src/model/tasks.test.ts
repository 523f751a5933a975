import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogRecord } from "./record.ts";
import { branch, isOpenAtFirst, MOST_DEPTH, MOST_TASKS, type Node, treeOf, unfoldedNodes } from "./tasks.ts";
import { duration } from "./time.ts";

let count = 0;

/** A record of a task: milliseconds after the start, service, path, status, message, and more fields. */
function record(ms: number, service: string, task: string, status: string, message: string, more = {}): LogRecord {
  const time = `2026-11-20T08:35:39.${String(ms).padStart(3, "0")}Z`;
  return { id: String(count++), time, service, task, status, message, ...more };
}

const GLYPHS = { succeeded: "✓", failed: "✗", open: "?" };

function drawn(nodes: readonly Node[]): string[] {
  return nodes.map((node) => {
    const { outcome, tookUs, text, service } = node.task;
    const took = tookUs === undefined ? "-" : duration(tookUs);
    return `${branch(node)}${GLYPHS[outcome]} ${text} | ${service} ${took}`;
  });
}

const ORDER = [
  record(0, "purchasing", "1", "started", "purchase 1000 of WIDGET-1"),
  record(1, "purchasing", "1/1", "started", "check availability"),
  { id: "x", time: "2026-11-20T08:35:39.002Z", service: "inventory", task: "1/1", message: "no status" },
  record(20, "purchasing", "1/1", "succeeded", "check availability: succeeded", { duration_ms: 19.2 }),
  record(21, "purchasing", "1/2", "started", "order"),
  record(22, "ordering", "1/2/1/1", "started", "ask the vendor"),
  record(30, "ordering", "1/2/1/1", "failed", "ask the vendor: failed", { error: "VendorError: rejected\nmore" }),
  record(31, "ordering", "1/2/1/2", "started", "ask the vendor"),
  record(40, "ordering", "1/2/1/2", "succeeded", "reference VND-007000", { duration_ms: 9 }),
  record(41, "purchasing", "1/2", "succeeded", "order placed", { duration_ms: 20.5 }),
  record(42, "purchasing", "1", "failed", "not paid\nmore", { duration_ms: 42 }),
  record(50, "billing", "3f9a1c-1", "started", "bill"),
];

test("tasks are below the task that they are part of, as in the command line", () => {
  const { nodes } = treeOf(ORDER);
  assert.deepEqual(drawn(nodes), [
    "✗ purchase 1000 of WIDGET-1: not paid | purchasing 42 ms",
    "├─ ✓ check availability | purchasing 19.2 ms",
    "└─ ✓ order placed | purchasing 20.5 ms",
    "   ├─ ✗ ask the vendor: VendorError: rejected | ordering 8 ms",
    "   └─ ✓ ask the vendor: reference VND-007000 | ordering 9 ms",
    "? bill | billing -",
  ]);
  assert.deepEqual(
    nodes.map(({ below, failed, open }) => [below, failed, open]),
    [
      [4, 1, 0],
      [0, 0, 0],
      [2, 1, 0],
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ],
  );
});

test("an end without a start and a second try are tasks, and what is no task is none", () => {
  const { nodes } = treeOf([
    record(5, "worker", "1/3", "failed", "ship: failed", { duration_ms: 3, error: "Timeout" }),
    record(6, "worker", "1/3", "started", "ship"),
    record(9, "worker", "1/3", "succeeded", "ship: succeeded", { duration_ms: 3 }),
    record(9, "worker", "/", "started", ""),
    record(9, "worker", "2", "paused", "an unknown status"),
    { id: "a", time: "2026-11-20T08:35:39Z", task: 7, status: [] },
    { id: "b", time: "2026-11-20T08:35:39Z", task: "7", status: 200 },
  ]);
  assert.deepEqual(drawn(nodes), ["✗ ship: Timeout | worker 3 ms", "✓ ship | worker 3 ms", "? task / | worker -"]);
  assert.deepEqual(
    nodes.map(({ task: { from, to, start, end } }) => [
      to !== undefined && from !== undefined,
      start !== undefined,
      end !== undefined,
    ]),
    [
      [true, false, true],
      [true, true, true],
      [false, true, false],
    ],
  );
});

test("a tree is bounded in number and depth", () => {
  const wide = treeOf(Array.from({ length: MOST_TASKS + 2 }, (_, index) => record(0, "s", `${index}`, "started", "x")));
  assert.deepEqual([wide.nodes.length, wide.isCut], [MOST_TASKS, true]);
  const deep = treeOf(
    Array.from({ length: 300 }, (_, depth) =>
      record(
        0,
        "s",
        Array(depth + 1)
          .fill("1")
          .join("/"),
        "started",
        "x",
      ),
    ),
  );
  assert.equal(deep.nodes.at(-1)?.depth, 299);
  const long = treeOf([
    record(0, "s", "1", "started", "x"),
    record(0, "s", `1${"/1".repeat(400_000)}`, "started", "y"),
  ]);
  assert.deepEqual(
    long.nodes.map(({ depth }) => depth),
    [0, 0],
  );
  assert.ok(Math.max(...deep.nodes.map((node) => branch(node).length)) <= 3 * MOST_DEPTH);
});

test("of many tasks, those that went well are folded, and the others are in sight", () => {
  const records = Array.from({ length: 300 }, (_, index) => {
    const [parent, path] = [`${Math.floor(index / 100)}`, `${Math.floor(index / 100)}/${index % 100}`];
    const status = index === 150 ? "failed" : "succeeded";
    return [
      ...(index % 100 === 0 ? [record(0, "s", parent, "started", "parent")] : []),
      record(1, "s", path, status, "child"),
    ];
  }).flat();
  const tree = treeOf([...records, ...["0", "1", "2"].map((path) => record(2, "s", path, "succeeded", "parent"))]);
  const shown = unfoldedNodes(tree, (node) => isOpenAtFirst(tree, node));
  assert.deepEqual([tree.nodes.length, shown.length], [303, 103]);
  assert.ok(shown.some(({ task }) => task.outcome === "failed"));
  assert.equal(unfoldedNodes(tree, () => true).length, 303);
});
