// The keys of the page: one table, which the help shows too.
import { useLayoutEffect } from "preact/hooks";

/** What a key does; `undefined` where the view has no use for it. */
export type Actions = Readonly<Record<string, (() => void) | undefined>>;

/** Every key, in the order of the help. */
export const HELP: readonly [keys: string, meaning: string][] = [
  ["/", "find"],
  ["j k", "next, previous record"],
  ["Enter", "open the record"],
  ["Esc", "close, or go back"],
  ["e E", "next, previous error"],
  ["w W", "next, previous warning or error"],
  ["s S", "next, previous silence"],
  ["] [", "next, previous record of the same service"],
  ["+ - 0", "zoom in, zoom out, everything"],
  ["f", "fold repeated records"],
  ["t", "the tree of tasks, or the records"],
  ["← →", "fold, unfold a task"],
  ["r", "the record as it is stored"],
  ["u", "switch between UTC and local time"],
  ["y", "copy the link"],
  ["x", "exclude the record's service"],
  ["c", "compare the transaction with another one"],
  ["p", "pause the tail"],
  ["?", "this help"],
];

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** Listens for keys from the moment that the view is shown. Keys typed into a field are text, but Escape leaves the field. */
export function useKeys(actions: Actions): void {
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      // A dialog has its own keys.
      if (document.querySelector("dialog[open]")) return;
      if (isTyping(event.target)) {
        if (event.key === "Escape" && event.target instanceof HTMLElement) event.target.blur();
        return;
      }
      // Enter and the space bar press a focused button or link.
      if (event.key === "Enter" && event.target instanceof Element && event.target.closest("a, button, summary"))
        return;
      const action = Object.hasOwn(actions, event.key) ? actions[event.key] : undefined;
      if (!action) return;
      event.preventDefault();
      action();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [actions]);
}
