// A link inside the page. It stays a real link: it opens in a new tab, and shows its address.
import type { ComponentChildren } from "preact";
import { BASE } from "../app/base.ts";
import { go, isPlainClick } from "../app/location.ts";

type Props = {
  readonly to: string;
  readonly class?: string;
  readonly title?: string;
  readonly current?: boolean;
  readonly replace?: boolean;
  readonly children: ComponentChildren;
};

export function Link({ to, class: name, title, current, replace, children }: Props) {
  return (
    <a
      href={BASE + to}
      class={name}
      title={title}
      aria-current={current ? "page" : undefined}
      onClick={(event) => {
        if (!isPlainClick(event)) return;
        event.preventDefault();
        event.stopPropagation();
        go(to, replace ? "replace" : "push");
      }}
    >
      {children}
    </a>
  );
}
