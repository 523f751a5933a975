// The filters of a view: level, service, text, and a chip for each other one. They are in the address. On a narrow screen
// they are behind one button.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { isFilter } from "../app/filters.ts";
import { change } from "../app/location.ts";
import { useIsNarrow } from "../app/screen.ts";
import { LEVELS } from "../model/level.ts";
import { timesText, type Zone } from "../model/time.ts";
import { plain } from "../model/visible.ts";
import { Visible } from "./Visible.tsx";

/** How long to wait after the last key before the text is searched. */
const TYPING_MS = 350;
/** Filters that have a field of their own. */
const OWN = ["level", "service", "q"];
/** More services do not fit into a list of choices. */
const MOST_SERVICES = 200;
const MOST_NAME = 60;

type Props = {
  readonly query: URLSearchParams;
  readonly services: readonly (string | null)[];
  readonly zone: Zone;
  readonly count?: ComponentChildren;
  /** Whether the count is that of an earlier search. */
  readonly isCountStale?: boolean;
  /** What stays in sight on a narrow screen. */
  readonly always?: ComponentChildren;
  /** Whether the view shows the times of the address itself. */
  readonly hasTimes?: boolean;
  /** Options of the view, beside the filters. */
  readonly children?: ComponentChildren;
  /** What an open bar holds on a narrow screen. It is made when it is shown. */
  readonly further?: () => ComponentChildren;
};

export function FilterBar(props: Props) {
  const { query, services, zone, count, isCountStale = false, always, hasTimes = false, children, further } = props;
  const [isOpen, setOpen] = useState(false);
  const isNarrow = useIsNarrow();
  const names = services.filter((name) => name !== null).slice(0, MOST_SERVICES);
  const service = query.get("service") ?? "";
  // A service that the list does not have needs a chip, as several services do.
  const isListed = service === "" || names.includes(service);
  const chips = [...query].filter(
    ([name]) => isFilter(name) && (!OWN.includes(name) || (name === "service" && !isListed)),
  );
  const times = hasTimes ? undefined : timesText(query.get("from"), query.get("to"), zone);
  const set = OWN.filter((name) => query.has(name)).length + chips.length + (times === undefined ? 0 : 1);
  return (
    <div class={`filters${isOpen ? " is-open" : ""}${always === undefined ? "" : " is-kept"}`}>
      <button type="button" class="open-filters" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {set === 0 ? "Filters" : `Filters · ${set}`}
      </button>
      <div class="set">
        <LevelFilter level={query.get("level") ?? ""} />
        <select
          aria-label="Service"
          value={isListed ? service : ""}
          onChange={(event) => change({ service: event.currentTarget.value || null })}
        >
          <option value="">All services</option>
          {names.map((name) => (
            <option key={name} value={name}>
              {plain(name.slice(0, MOST_NAME))}
            </option>
          ))}
        </select>
        <TextFilter value={query.get("q") ?? ""} />
        <div class="options">{children}</div>
        {isOpen && isNarrow && further && (
          <>
            {further()}
            <button type="button" class="done" onClick={() => setOpen(false)}>
              Show the records
            </button>
          </>
        )}
      </div>
      {chips.map(([name, value]) => (
        <Chip key={`${name}=${value}`} query={query} name={name} value={value} />
      ))}
      {times !== undefined && (
        <span class="chip times-chip">
          <span>{times}</span>
          <button
            type="button"
            class="quiet"
            aria-label="Remove the times"
            onClick={() => change({ from: null, to: null })}
          >
            ×
          </button>
        </span>
      )}
      {count !== undefined && (
        <span class="count" role="status" aria-busy={isCountStale}>
          {count}
        </span>
      )}
      {always}
    </div>
  );
}

function LevelFilter({ level }: { readonly level: string }) {
  return (
    <select aria-label="Level" value={level} onChange={(event) => change({ level: event.currentTarget.value || null })}>
      <option value="">All levels</option>
      {LEVELS.slice(1).map((name) => (
        <option key={name} value={name}>
          {name === "CRITICAL" ? name : `${name} and above`}
        </option>
      ))}
      {level !== "" && !LEVELS.some((name) => name === level) && <option value={level}>{plain(level)}</option>}
    </select>
  );
}

function TextFilter({ value }: { readonly value: string }) {
  const [typed, setTyped] = useState(value);
  const timer = useRef<number | undefined>(undefined);
  // What the address has, as far as this field knows. Effects come late: another letter may have been typed since.
  const known = useRef(value);
  useEffect(() => {
    if (value === known.current) return;
    known.current = value;
    setTyped(value);
  }, [value]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const apply = (text: string) => {
    window.clearTimeout(timer.current);
    known.current = text.trim() === "" ? "" : text;
    change({ q: known.current === "" ? null : known.current });
  };
  return (
    <input
      type="search"
      data-find
      aria-label="Words in any field"
      placeholder="words or /regex/"
      value={typed}
      onInput={(event) => {
        const text = event.currentTarget.value;
        setTyped(text);
        window.clearTimeout(timer.current);
        timer.current = window.setTimeout(() => apply(text), TYPING_MS);
      }}
      onKeyDown={(event) => event.key === "Enter" && apply(event.currentTarget.value)}
    />
  );
}

type ChipProps = { readonly query: URLSearchParams; readonly name: string; readonly value: string };

function Chip({ query, name, value }: ChipProps) {
  const [field, operator] = comparison(name);
  const rest = query.getAll(name).filter((other) => other !== value);
  return (
    <span class={operator === "≠" ? "chip not" : "chip"}>
      <span>
        <Visible text={`${field} ${operator} ${value}`} limit={80} rest="length" />
      </span>
      <button
        type="button"
        class="quiet"
        aria-label={`Remove ${plain(field)}`}
        onClick={() => change({ [name]: rest.length > 0 ? rest : null })}
      >
        ×
      </button>
    </span>
  );
}

/** What a parameter compares, and how: `field.status>` with a value means `≥`, as `field.status>=500` is written. */
function comparison(name: string): [field: string, operator: string] {
  const field = name.replace(/^not\./, "").replace(/^field\./, "");
  if (name.startsWith("not.")) return [field, "≠"];
  const [, before, last] = /^(.*)([!<>])$/s.exec(field) ?? [];
  if (before === undefined) return [field, "="];
  return [before, last === "!" ? "≠" : last === ">" ? "≥" : "≤"];
}
