// The tasks of a transaction: whether it has some, and their tree.
import { useEffect, useMemo, useRef } from "preact/hooks";
import { get, target } from "../api/client.ts";
import type { Problem } from "../api/problem.ts";
import type { Records } from "../api/types.ts";
import type { LogRecord } from "../model/record.ts";
import { isOfTask, MOST_TASKS, STATUS, TASK, TASK_FIELDS, type Tree, treeOf } from "../model/tasks.ts";
import { useRequest } from "./request.ts";

/** A task has a record for its start and one for its end. */
const MOST_RECORDS = 2 * MOST_TASKS;

export type Tasks = {
  /** Whether a loaded record is one of a task. */
  readonly isThere: boolean;
  /** The tree, once it is asked for and there. */
  readonly tree: Tree | undefined;
  readonly problem: Problem | undefined;
};

type Wanted = {
  readonly uid: string;
  readonly follow: { readonly follow?: "1" };
  /** The loaded records. */
  readonly records: readonly LogRecord[];
  /** How many records the transaction has: when more come, there may be more tasks. */
  readonly count: number;
  /** Whether the tree is shown. It is not read before. */
  readonly isShown: boolean;
};

export function useTasks({ uid, follow, records, count, isShown }: Wanted): Tasks {
  const isThere = useMemo(() => records.some(isOfTask), [records]);
  const filter = { [`field.${TASK}:exists`]: "true", [`field.${STATUS}:exists`]: "true" };
  const path = `/transactions/${encodeURIComponent(uid)}`;
  const key = target(path, { ...filter, ...follow, fields: TASK_FIELDS.join(",") });
  const { value, problem, again } = useRequest(isShown ? key : null, readTree);
  const counted = useRef(count);
  useEffect(() => {
    if (counted.current !== count) again();
    counted.current = count;
  }, [count, again]);
  const isNothing = problem?.kind === "unknown-transaction";
  return { isThere, tree: isNothing ? treeOf([]) : value, problem: isNothing ? undefined : problem };
}

async function readTree(first: string, signal: AbortSignal): Promise<Tree> {
  const records: LogRecord[] = [];
  let next: string | null = first;
  while (next !== null && records.length < MOST_RECORDS) {
    const page: Records = await get<Records>(next, signal);
    records.push(...page.records);
    next = page.next;
  }
  const tree = treeOf(records);
  return { ...tree, isCut: tree.isCut || next !== null };
}
