// Keeps a list of records in place for the reader while rows come and go.
import type { RefObject } from "preact";
import { useCallback, useEffect, useRef } from "preact/hooks";

/** Returns the element that scrolls the list: the list itself, or the whole page on a narrow screen. */
export function scrollerOf(list: HTMLElement | null): Element | null {
  return list && getComputedStyle(list).overflowY !== "visible" ? list : document.scrollingElement;
}

/** The distance of a row from the top of what scrolls. */
function topWithin(scroller: Element, row: Element): number {
  const top = scroller === document.scrollingElement ? 0 : scroller.getBoundingClientRect().top;
  return row.getBoundingClientRect().top - top;
}

export function rowOf(list: HTMLElement | null, id: string | undefined): HTMLElement | null {
  return id === undefined ? null : (list?.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`) ?? null);
}

type Anchor = { readonly hold: () => void; readonly remember: () => void };

/**
 * Keeps what the reader looks at in place while rows come and go above it: the selected row if it is in sight, or else
 * the first row in sight. `hold` has to be called when the rows have changed, and `remember` after scrolling.
 */
export function useAnchor(list: RefObject<HTMLDivElement | null>, selected: string | undefined): Anchor {
  const anchor = useRef<{ id: string; top: number } | undefined>(undefined);
  const remember = useCallback(() => {
    const element = list.current;
    const scroller = scrollerOf(element);
    if (!element || !scroller) return;
    const own = element.getBoundingClientRect();
    const [top, bottom] = [Math.max(own.top, 0), Math.min(own.bottom, window.innerHeight)];
    const isInSight = (row: Element) => {
      const box = row.getBoundingClientRect();
      return box.bottom > top && box.top < bottom;
    };
    const chosen = rowOf(element, selected);
    // Who is at the top of a narrow page looks at the header: what it becomes must not move it.
    const isAtTop = scroller === document.scrollingElement && scroller.scrollTop < 1;
    const first = isAtTop ? undefined : document.elementFromPoint(own.left + 40, top + 12);
    const row = chosen && isInSight(chosen) ? chosen : first?.closest<HTMLElement>("[data-id]");
    const id = row?.dataset.id;
    anchor.current = row && id ? { id, top: topWithin(scroller, row) } : undefined;
  }, [list, selected]);
  useEffect(() => {
    const scroller = scrollerOf(list.current);
    const target: EventTarget | null = scroller === document.scrollingElement ? window : scroller;
    let frame = 0;
    const onScroll = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(remember);
    };
    target?.addEventListener("scroll", onScroll, { passive: true });
    remember();
    return () => {
      cancelAnimationFrame(frame);
      target?.removeEventListener("scroll", onScroll);
    };
  }, [remember, list]);
  const hold = useCallback(() => {
    const row = rowOf(list.current, anchor.current?.id);
    const scroller = scrollerOf(list.current);
    if (row && scroller && anchor.current) {
      // A chunk that was just put in is not laid out yet, and its rows are nowhere.
      const chunk = row.closest<HTMLElement>(".chunk");
      chunk?.style.setProperty("content-visibility", "visible");
      requestAnimationFrame(() => chunk?.style.removeProperty("content-visibility"));
      const moved = topWithin(scroller, row) - anchor.current.top;
      if (Math.abs(moved) > 1) scroller.scrollTop += moved;
    }
    remember();
  }, [list, remember]);
  return { hold, remember };
}
