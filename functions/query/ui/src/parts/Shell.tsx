// The frame: the search box, the links to the views, zone, theme, help. An exported file has one view only.
import type { ComponentChildren } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import { data } from "../api/client.ts";
import { useKeys } from "../app/keys.ts";
import { address, change, go } from "../app/location.ts";
import { HOME, isText, LOGS, TAIL, TRANSACTIONS, transactionPath } from "../app/paths.ts";
import { nextTheme, setTheme, theme } from "../app/settings.ts";
import { viewState } from "../app/view-state.ts";
import { dateTime, micros } from "../model/time.ts";
import { Help } from "./Help.tsx";
import { Link } from "./Link.tsx";

const THEME_NAMES = { system: "◐", light: "☀", dark: "☾" };
const VIEWS = [
  ["Transactions", TRANSACTIONS],
  ["Search", LOGS],
  ["Tail", TAIL],
] as const;

type Props = { readonly path: string; readonly query: URLSearchParams; readonly children: ComponentChildren };

export function Shell({ path, query, children }: Props) {
  const { zone } = viewState(query);
  const [chosen, setChosen] = useState(theme);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const box = useRef<HTMLInputElement>(null);
  const carried = new URLSearchParams(zone === "UTC" ? "" : { zone });

  const find = (event: SubmitEvent) => {
    event.preventDefault();
    const wanted = box.current?.value.trim() ?? "";
    if (wanted === "") return;
    box.current?.blur();
    if (isText(wanted)) go(address(LOGS, new URLSearchParams([["q", wanted], ...carried])));
    else go(address(transactionPath(wanted), carried));
  };

  const switchZone = () => change({ zone: zone === "UTC" ? "local" : null }, "replace");
  const actions = useMemo(
    () => ({
      "/": () => (findField() ?? box.current)?.focus(),
      u: switchZone,
      "?": () => setHelpOpen(true),
    }),
    [zone],
  );
  useKeys(actions);

  return (
    <div class="shell">
      <header class="bar">
        {data ? (
          <span class="brand">logbraid</span>
        ) : (
          <Link to={address(HOME, carried)} class="brand">
            logbraid
          </Link>
        )}
        {data ? (
          <span class="soft">Exported {dateTime(micros(data.exported), zone)}</span>
        ) : (
          <search>
            <form onSubmit={find}>
              <input
                ref={box}
                type="search"
                aria-label="Paste a uid, or search"
                placeholder="Paste a uid, or search"
                autocomplete="off"
                spellcheck={false}
              />
            </form>
          </search>
        )}
        {!data && (
          <nav aria-label="Views">
            {VIEWS.map(([name, to]) => (
              <Link
                key={to}
                to={address(to, carried)}
                current={path === to || (to === TRANSACTIONS && (path === HOME || path.startsWith(`${to}/`)))}
              >
                {name}
              </Link>
            ))}
          </nav>
        )}
        <div class="tools">
          <button type="button" class="quiet" onClick={switchZone} title="Time zone (u)">
            {zone === "local" ? "Local" : zone}
          </button>
          <button
            type="button"
            class="quiet"
            title={`Theme: ${chosen}`}
            aria-label={`Theme: ${chosen}`}
            onClick={() => {
              const next = nextTheme(chosen);
              setTheme(next);
              setChosen(next);
            }}
          >
            {THEME_NAMES[chosen]}
          </button>
          <button type="button" class="quiet" title="Keys (?)" aria-label="Keys" onClick={() => setHelpOpen(true)}>
            ?
          </button>
        </div>
      </header>
      <main>{children}</main>
      {isHelpOpen && <Help close={() => setHelpOpen(false)} />}
    </div>
  );
}

/** The field for a text in the view, where it is in sight. */
function findField(): HTMLInputElement | null {
  const field = document.querySelector<HTMLInputElement>("[data-find]");
  return field?.offsetParent ? field : null;
}
