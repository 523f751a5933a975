// The tree of tasks: goals and subgoals, when each began, how long it took, and whether it succeeded.
import { useEffect, useRef } from "preact/hooks";
import type { LaneColour } from "../../app/colours.ts";
import { change } from "../../app/location.ts";
import { narrowing } from "../../app/narrowing.ts";
import type { Tasks } from "../../app/use-tasks.ts";
import { outlineName } from "../../model/outline.ts";
import {
  branch,
  MOST_DEPTH,
  MOST_TASKS,
  type Node,
  type Outcome,
  recordOf,
  TASK,
  type Task,
} from "../../model/tasks.ts";
import { duration, offset } from "../../model/time.ts";
import { plural } from "../../model/words.ts";
import { Failure } from "../../parts/Failure.tsx";
import { Visible } from "../../parts/Visible.tsx";
import type { TreeState } from "./use-tree.ts";

/** More rows would make the page slow. */
const MOST_ROWS = 5_000;
const CHUNK = 100;
const BAR_WIDTH = 1_000;
const BAR_HEIGHT = 10;
/** A task that took no time is still seen. */
const LEAST_BAR = 6;
const GLYPHS: Record<Outcome, string> = { succeeded: "✓", failed: "✗", open: "…" };

type Props = {
  readonly tasks: Tasks;
  readonly state: TreeState;
  /** The transaction's start and end in microseconds. */
  readonly zero: number;
  readonly ended: number;
  /** Whether more records may come: what has no end may still be running. */
  readonly isLive: boolean;
  readonly isFiltered: boolean;
  readonly isWrapped: boolean;
  readonly laneColour: LaneColour;
  /** Where a task's link leads. */
  readonly href: (record: string) => string;
};

export function TasksView({ tasks, state, isFiltered, isWrapped, ...drawing }: Props) {
  const list = useRef<HTMLDivElement>(null);
  const { shown, selected } = state;
  useEffect(() => {
    list.current?.querySelector(".task[aria-current]")?.scrollIntoView({ block: "nearest" });
  }, [selected && recordOf(selected.task), shown]);
  const nodes = tasks.tree?.nodes ?? [];
  const drawn = shown.slice(0, MOST_ROWS);
  const chunks = Array.from({ length: Math.ceil(drawn.length / CHUNK) }, (_, index) =>
    drawn.slice(index * CHUNK, (index + 1) * CHUNK),
  );
  return (
    <div ref={list} class={isWrapped ? "list tasks wrap" : "list tasks"} tabIndex={-1}>
      {tasks.problem && <Failure problem={tasks.problem} />}
      <p class="more" role="status">
        {tasks.tree ? counts(nodes, drawing.isLive) : !tasks.problem && "Reading …"}
        {tasks.tree?.isCut && ` These are the first ${MOST_TASKS.toLocaleString("en")}; there are more.`}
        {isFiltered && nodes.length > 0 && " All tasks are here, whatever the filters."}
      </p>
      {chunks.map((chunk, index) => (
        <ol key={index} class="chunk">
          {chunk.map((node) => (
            <TaskRow
              key={node.task.start ?? node.task.end}
              node={node}
              isSelected={node === selected}
              isOpen={state.isOpen(node)}
              onToggle={() => state.toggle(node)}
              {...drawing}
            />
          ))}
        </ol>
      ))}
      {shown.length > drawn.length && (
        <p class="more">{`The first ${MOST_ROWS.toLocaleString("en")} rows are shown. Fold a task to see more.`}</p>
      )}
    </div>
  );
}

function counts(nodes: readonly Node[], isLive: boolean): string {
  if (nodes.length === 0) return "No record of this transaction has a task and a status.";
  const number = (outcome: Outcome) => nodes.filter(({ task }) => task.outcome === outcome).length;
  const [failed, open] = [number("failed"), number("open")];
  const parts = [plural(nodes.length, "task")];
  if (failed > 0) parts.push(`${failed.toLocaleString("en")} failed`);
  if (open > 0) parts.push(`${open.toLocaleString("en")} ${isLive ? "running" : "without an end"}`);
  return `${parts.join(" · ")}.`;
}

type RowProps = Pick<Props, "zero" | "ended" | "isLive" | "laneColour" | "href"> & {
  readonly node: Node;
  readonly isSelected: boolean;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
};

function TaskRow({ node, isSelected, isOpen, onToggle, zero, ended, isLive, laneColour, href }: RowProps) {
  const { task } = node;
  const record = recordOf(task);
  const said = { succeeded: "succeeded", failed: "failed", open: isLive ? "running" : "no end" }[task.outcome];
  const show = () => change({ record });
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: for keys there is the link in the row, which does the same
    <li
      class={`task is-${task.outcome}`}
      aria-current={isSelected ? "true" : undefined}
      onClick={(event) => {
        if (event.target instanceof Element && event.target.closest("a, button")) return;
        if (window.getSelection()?.isCollapsed ?? true) show();
      }}
    >
      <a
        class="when"
        href={href(record)}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault();
          show();
        }}
      >
        {task.from === undefined ? "–" : offset(task.from - zero, ended - zero)}
      </a>
      <span class="took">{task.tookUs === undefined ? "" : duration(task.tookUs)}</span>
      <span class={`who lane-name${task.service === null ? "" : ` lane-${laneColour(outlineName(task.service))}`}`}>
        {task.service === null ? "–" : <Visible text={task.service} limit={80} rest="length" />}
      </span>
      <span class="goal">
        <span class="branch" aria-hidden="true">
          {branch(node)}
        </span>
        <span class="hidden">{`level ${node.depth + 1}, ${said}: `}</span>
        <span class="mark" title={said} aria-hidden="true">
          {GLYPHS[task.outcome]}
        </span>
        <span class="text">
          {node.depth > MOST_DEPTH && <span class="soft">{`level ${node.depth + 1} `}</span>}
          <Visible text={task.text} limit={400} rest="length" />
          {task.outcome === "open" && <span class="soft">{` (${said})`}</span>}
        </span>
        {node.below > 0 && (
          <button type="button" class="quiet fold" aria-expanded={isOpen} onClick={onToggle}>
            {isOpen ? "▾" : "▸"}
            {isOpen ? <span class="hidden">subtasks</span> : ` ${folded(node)}`}
          </button>
        )}
      </span>
      <Bar task={task} zero={zero} ended={ended} />
      <button
        type="button"
        class="quiet records"
        title="The records of this task"
        onClick={() => change({ tasks: null, ...narrowing(new URLSearchParams(), TASK, task.path, "only") })}
      >
        records
      </button>
    </li>
  );
}

function folded({ below, failed, open }: Node): string {
  const bad = failed + open;
  return `${plural(below, "subtask")}${bad > 0 ? `, ${bad.toLocaleString("en")} not succeeded` : ""}`;
}

/** When the task was, within the transaction. */
function Bar({ task, zero, ended }: { readonly task: Task; readonly zero: number; readonly ended: number }) {
  const length = Math.max(1, ended - zero);
  const x = (us: number) => (Math.min(Math.max(us - zero, 0), length) / length) * BAR_WIDTH;
  const from = task.from ?? task.to;
  if (from === undefined) return <span class="bar-place" />;
  const width = Math.max(LEAST_BAR, x(task.to ?? ended) - x(from));
  return (
    <svg class="span" viewBox={`0 0 ${BAR_WIDTH} ${BAR_HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <rect class="back" width={BAR_WIDTH} height={BAR_HEIGHT} />
      <rect class={task.outcome} x={Math.min(x(from), BAR_WIDTH - width)} width={width} height={BAR_HEIGHT} />
    </svg>
  );
}
