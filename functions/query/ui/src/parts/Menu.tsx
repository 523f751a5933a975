// A button that opens a short list of actions.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

type Props = { readonly label: string; readonly title?: string; readonly children: ComponentChildren };

export function Menu({ label, title, children }: Props) {
  const [isOpen, setOpen] = useState(false);
  const own = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    const press = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      setOpen(false);
      own.current?.querySelector("button")?.focus();
    };
    const click = (event: MouseEvent) => {
      const list = own.current?.querySelector("div");
      const isWithin = event.target instanceof Node && own.current?.contains(event.target);
      const isChoice = event.target instanceof HTMLButtonElement && list?.contains(event.target);
      if (!isWithin || isChoice) setOpen(false);
    };
    document.addEventListener("click", click);
    document.addEventListener("keydown", press, true);
    return () => {
      document.removeEventListener("click", click);
      document.removeEventListener("keydown", press, true);
    };
  }, [isOpen]);
  return (
    <div ref={own} class="menu">
      <button type="button" aria-expanded={isOpen} title={title} onClick={() => setOpen(!isOpen)}>
        {label} ▾
      </button>
      {isOpen && <div>{children}</div>}
    </div>
  );
}
