// The commonest values of a few fields. A click narrows the search.
import { useState } from "preact/hooks";
import { get, target } from "../api/client.ts";
import type { Values } from "../api/types.ts";
import { parameterOf } from "../app/filters.ts";
import { changed } from "../app/location.ts";
import { narrow } from "../app/narrow.ts";
import { useRequest } from "../app/request.ts";
import { dateTime, micros, type Zone } from "../model/time.ts";
import { plain } from "../model/visible.ts";
import { Visible } from "./Visible.tsx";

/** Texts are counted by so many characters. */
const COUNTED_CHARS = 200;
/** Fields whose commonest values are offered. */
const FACETS = ["service", "levelname", "name", "fqdn"];

type Props = {
  readonly query: URLSearchParams;
  /** The filters and times; `undefined` while the counts can wait. */
  readonly wanted: URLSearchParams | undefined;
  readonly zone: Zone;
};

type FacetsProps = Props & {
  /** Which part of what the search finds is counted, in words. */
  readonly part: string | undefined;
};

export function Facets({ query, wanted, zone, part }: FacetsProps) {
  const [own, setOwn] = useState<readonly string[]>([]);
  return (
    <aside class="facets" aria-label="Commonest values">
      {part !== undefined && <p class="soft">Counted {part}</p>}
      {[...FACETS, ...own].map((name) => (
        <Facet key={name} name={name} query={query} wanted={wanted} zone={zone} />
      ))}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const field = new FormData(event.currentTarget).get("field");
          if (typeof field === "string" && field.trim() !== "") setOwn([...own, field.trim()]);
          event.currentTarget.reset();
        }}
      >
        <input name="field" aria-label="Another field" placeholder="another field" size={14} />
      </form>
    </aside>
  );
}

function Facet({ name, query, wanted, zone }: Props & { readonly name: string }) {
  const key = wanted ? target("/values", changed(wanted, { name, limit: "8" })) : null;
  const request = useRequest(key, (key, signal) => get<Values>(key, signal));
  const found = request.value;
  if (!found || found.values.length === 0) return null;
  const parameter = parameterOf(name);
  return (
    <>
      <h2>
        <Visible text={name} limit={60} rest="length" />
      </h2>
      <ul aria-busy={request.isStale}>
        {found.values.map(({ value, records }) => {
          const shown = typeof value === "string" ? value : JSON.stringify(value);
          // No record has the beginning of a text as its value.
          const isCut = shown.length >= COUNTED_CHARS;
          return (
            <li key={shown}>
              <button
                type="button"
                class="quiet"
                title={isCut ? "Too long to search for" : "Click to show only these; Alt-click to exclude them"}
                disabled={isCut}
                onClick={(event) => narrow(name, value, event.altKey ? "not" : "only")}
                aria-pressed={query.get(parameter) === shown}
              >
                <span>
                  <Visible text={shown} limit={60} />
                </span>
                <span class="soft">{records.toLocaleString("en")}</span>
              </button>
              <button
                type="button"
                class="quiet without"
                title="Exclude these"
                disabled={isCut}
                aria-label={`Exclude ${plain(shown)}`}
                onClick={() => narrow(name, value, "not")}
              >
                −
              </button>
            </li>
          );
        })}
        {found.other > 0 && <li class="soft">{found.other.toLocaleString("en")} with other values</li>}
        {found.cut && <li class="soft">counted back to {dateTime(micros(found.cut.reached), zone)}</li>}
      </ul>
    </>
  );
}
