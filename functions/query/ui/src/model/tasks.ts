// The tree of a transaction's tasks: what was to be achieved, by whom, and whether it was. The same tree as that of
// `logbraid get --tree`. Pure.
import { type LogRecord, service, text } from "./record.ts";
import { micros } from "./time.ts";

/** The field of a task's place, and the field that says whether a record begins or ends it. */
export const TASK = "task";
export const STATUS = "status";
/** The fields of a record that the tree needs. */
export const TASK_FIELDS = ["service", "message", TASK, STATUS, "duration_ms", "error"];
/** A tree has no more tasks. */
export const MOST_TASKS = 10_000;
/** A task with a longer path is at the root: nobody reads a tree so deep, and each part of a path is looked up. */
const MOST_PATH = 1_000;
/** Deeper tasks are drawn at this depth. */
export const MOST_DEPTH = 12;
/** Up to so many tasks, all are shown at first. Of more, those that went well are folded. */
export const SHOWN_UNASKED = 200;

/** How a task went: nothing says so of an open one. */
export type Outcome = "succeeded" | "failed" | "open";

export type Task = {
  readonly path: string;
  readonly service: string | null;
  readonly goal: string;
  /** The goal, and what the end adds to it. */
  text: string;
  outcome: Outcome;
  /** The records that say that it started, and how it ended. */
  readonly start: string | undefined;
  end: string | undefined;
  /** Its start and end in microseconds, as far as they are known. */
  from: number | undefined;
  to: number | undefined;
  tookUs: number | undefined;
};

/** A task at its place in the tree. */
export type Node = {
  readonly task: Task;
  /** The node above, none for a root; always earlier in the list. */
  readonly parent: Node | undefined;
  readonly depth: number;
  /** Whether it is the last of its siblings. */
  readonly isLast: boolean;
  /** How many tasks are below it, at any depth, and how these went. */
  below: number;
  failed: number;
  open: number;
};

export type Tree = {
  /** Every node before those below it. */
  readonly nodes: readonly Node[];
  /** Whether there are more tasks than a tree has. */
  readonly isCut: boolean;
};

/** Whether a record says that a task started, or how it ended. */
export function isOfTask(record: LogRecord): boolean {
  return text(record, TASK) !== undefined && ["started", "succeeded", "failed"].includes(text(record, STATUS) ?? "");
}

/** Returns the tree of the tasks that records in time order tell of. */
export function treeOf(records: readonly LogRecord[]): Tree {
  const tasks: Task[] = [];
  // The last task with each path: a second try has the path of the first.
  const byPath = new Map<string, Task>();
  let isCut = false;
  const begin = (record: LogRecord, path: string, start: string | undefined): Task | undefined => {
    if (tasks.length === MOST_TASKS) {
      isCut = true;
      return undefined;
    }
    const goal = firstLine(record) || `task ${path}`;
    const from = start === undefined ? undefined : micros(record.time);
    const ends = { end: undefined, to: undefined, tookUs: undefined };
    const task: Task = { path, service: service(record), goal, text: goal, outcome: "open", start, from, ...ends };
    tasks.push(task);
    byPath.set(path, task);
    return task;
  };
  for (const record of records) {
    const path = text(record, TASK);
    if (path === undefined || !isOfTask(record)) continue;
    if (record[STATUS] === "started") {
      begin(record, path, record.id);
      continue;
    }
    const known = byPath.get(path);
    const task = known?.outcome === "open" ? known : begin(record, path, undefined);
    if (task) finish(task, record);
  }
  return { nodes: placed(tasks, byPath), isCut };
}

function finish(task: Task, record: LogRecord): void {
  const { duration_ms: took } = record;
  task.outcome = record[STATUS] === "failed" ? "failed" : "succeeded";
  task.end = record.id;
  task.to = micros(record.time);
  const toldUs = typeof took === "number" && took >= 0 ? took * 1000 : undefined;
  task.tookUs = toldUs ?? (task.from === undefined ? undefined : task.to - task.from);
  task.from ??= toldUs === undefined ? undefined : task.to - toldUs;
  task.text = withEnd(task, firstLine(record), text(record, "error")?.split("\n", 1)[0]);
}

function withEnd({ goal }: Task, message: string, error: string | undefined): string {
  if (error) return `${goal.replace(/: failed$/, "")}: ${error}`;
  if (!message.startsWith(goal)) return message === "" ? goal : `${goal}: ${message}`;
  return ["", ": succeeded", ": failed"].includes(message.slice(goal.length)) ? goal : message;
}

function firstLine(record: LogRecord): string {
  return (text(record, "message") ?? "").split("\n", 1)[0]?.trim() ?? "";
}

/** Places each task below the nearest one above that there is a record of. */
function placed(tasks: readonly Task[], byPath: ReadonlyMap<string, Task>): Node[] {
  const children = new Map<Task | undefined, Task[]>();
  for (const task of tasks) {
    const above = parentOf(task.path, byPath);
    const siblings = children.get(above);
    if (siblings) siblings.push(task);
    else children.set(above, [task]);
  }
  const nodes: Node[] = [];
  const waiting: Node[] = [];
  const wait = (parent: Node | undefined) => {
    const own = children.get(parent?.task) ?? [];
    // The next one is taken from the end.
    for (const task of own.toReversed()) {
      const counts = { below: 0, failed: 0, open: 0 };
      waiting.push({ task, parent, depth: (parent?.depth ?? -1) + 1, isLast: task === own.at(-1), ...counts });
    }
  };
  wait(undefined);
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    nodes.push(node);
    wait(node);
  }
  for (const { task, parent, ...own } of nodes.toReversed()) {
    if (!parent) continue;
    parent.below += own.below + 1;
    parent.failed += own.failed + (task.outcome === "failed" ? 1 : 0);
    parent.open += own.open + (task.outcome === "open" ? 1 : 0);
  }
  return nodes;
}

function parentOf(path: string, byPath: ReadonlyMap<string, Task>): Task | undefined {
  if (path.length > MOST_PATH) return undefined;
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
    const found = byPath.get(path.slice(0, end));
    if (found) return found;
  }
  return undefined;
}

/** Returns what stands before a node: the lines that lead to it. */
export function branch(node: Node): string {
  if (node.depth === 0) return "";
  let lines = node.isLast ? "└─ " : "├─ ";
  for (let above = node.parent; above && above.depth > 0; above = above.parent) {
    if (above.depth < MOST_DEPTH) lines = (above.isLast ? "   " : "│  ") + lines;
  }
  return lines;
}

/** Whether a node's subtasks are shown before the reader says so. */
export function isOpenAtFirst({ nodes }: Tree, node: Node): boolean {
  return nodes.length <= SHOWN_UNASKED || node.failed + node.open > 0;
}

/** Returns the nodes that are shown where some are folded. */
export function unfoldedNodes({ nodes }: Tree, isOpen: (node: Node) => boolean): Node[] {
  const shown = new Set<Node>();
  return nodes.filter((node) => {
    const isShown = node.parent === undefined || (shown.has(node.parent) && isOpen(node.parent));
    if (isShown) shown.add(node);
    return isShown;
  });
}

/** The record that a task leads to: how it ended, else that it started. */
export function recordOf({ start, end }: Task): string {
  return end ?? start ?? "";
}
