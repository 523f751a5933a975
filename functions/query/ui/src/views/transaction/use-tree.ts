// Moving in the tree of tasks: what is folded, where the reader is, and what the keys do.
import { useMemo, useState } from "preact/hooks";
import type { Actions } from "../../app/keys.ts";
import { change } from "../../app/location.ts";
import { isOpenAtFirst, type Node, recordOf, type Tree, unfoldedNodes } from "../../model/tasks.ts";
import { say } from "../../parts/clipboard.ts";

/** Down the tree or up. */
type Way = 1 | -1;

export type TreeState = {
  readonly shown: readonly Node[];
  /** The node whose record is open. */
  readonly selected: Node | undefined;
  readonly isOpen: (node: Node) => boolean;
  readonly toggle: (node: Node) => void;
  readonly step: (way: Way) => void;
  readonly actions: Actions;
};

export function useTree(tree: Tree | undefined, record: string | undefined): TreeState {
  // What the reader folded or unfolded, by the record that a task leads to: the tree is made anew when records come.
  const [chosen, setChosen] = useState<ReadonlyMap<string, boolean>>(new Map());
  const isOpen = (node: Node) => chosen.get(keyOf(node)) ?? (tree !== undefined && isOpenAtFirst(tree, node));
  const nodes = tree?.nodes ?? [];
  const shown = useMemo(() => (tree ? unfoldedNodes(tree, isOpen) : []), [tree, chosen]);
  const isAt = ({ task }: Node) => record !== undefined && (task.start === record || task.end === record);
  const selected = record === undefined ? undefined : nodes.find(isAt);
  const set = (all: readonly Node[], isNowOpen: boolean) =>
    setChosen(new Map([...chosen, ...all.map((node) => [keyOf(node), isNowOpen] as const)]));
  const open = (node: Node | undefined) => {
    if (!node) return;
    // Who goes to a folded task wants to see it.
    const above: Node[] = [];
    for (let one = node.parent; one; one = one.parent) if (!isOpen(one)) above.push(one);
    if (above.length > 0) set(above, true);
    change({ record: recordOf(node.task) }, "replace");
  };
  const nearest = (from: readonly Node[], way: Way, isWanted: (node: Node) => boolean) => {
    const at = selected ? from.indexOf(selected) : -1;
    if (way === 1) return from.slice(at + 1).find(isWanted);
    return (at === -1 ? from : from.slice(0, at)).findLast(isWanted);
  };
  const step = (way: Way) => open(nearest(shown, way, () => true));
  const failed = (way: Way) => {
    const found = nearest(nodes, way, ({ task }) => task.outcome === "failed");
    if (found) open(found);
    else say(way === 1 ? "No failed task after this" : "No failed task before this");
  };
  const sameService = (way: Way) => {
    const own = selected?.task.service;
    if (selected) open(nearest(shown, way, ({ task }) => task.service === own));
  };
  const unfold = () => {
    if (!selected || selected.below === 0) return;
    if (isOpen(selected)) step(1);
    else set([selected], true);
  };
  const fold = () => {
    if (selected && selected.below > 0 && isOpen(selected)) set([selected], false);
    else open(selected?.parent);
  };
  const actions = {
    j: () => step(1),
    k: () => step(-1),
    Enter: () => !selected && step(1),
    e: () => failed(1),
    E: () => failed(-1),
    w: () => failed(1),
    W: () => failed(-1),
    "]": () => sameService(1),
    "[": () => sameService(-1),
    ArrowRight: unfold,
    ArrowLeft: fold,
  };
  return { shown, selected, isOpen, toggle: (node) => set([node], !isOpen(node)), step, actions };
}

/** What a task is known by, also when it has ended since. */
function keyOf({ task }: Node): string {
  return task.start ?? task.end ?? "";
}
