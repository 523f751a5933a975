// The commonest values of a few fields. A click narrows the search.
import { useMemo, useState } from "preact/hooks";
import { get, target } from "../api/client.ts";
import type { Values } from "../api/types.ts";
import { parameterOf } from "../app/filters.ts";
import { useLastKnown } from "../app/last-known.ts";
import { changed } from "../app/location.ts";
import { narrow } from "../app/narrow.ts";
import { useRequest } from "../app/request.ts";
import type { Source } from "../app/use-counts.ts";
import { COUNTED_CHARS, valuesOf } from "../model/counted.ts";
import { dateTime, micros, type Zone } from "../model/time.ts";
import { plain } from "../model/visible.ts";
import { Visible } from "./Visible.tsx";

/** Fields whose commonest values are offered. */
const FACETS = ["service", "levelname", "name", "fqdn"];
/** How many values are offered. */
const LIMIT = 8;

type Props = {
  readonly query: URLSearchParams;
  readonly source: Source;
  readonly zone: Zone;
};

type FacetsProps = Props & {
  /** Which part of what the search finds is counted, in words. */
  readonly part: string | undefined;
  /** Whether that is the part of an earlier search. */
  readonly isStale: boolean;
};

export function Facets({ query, source, zone, part, isStale }: FacetsProps) {
  const [own, setOwn] = useState<readonly string[]>([]);
  return (
    <aside class="facets" aria-label="Commonest values">
      {part !== undefined && (
        <p class="soft" aria-busy={isStale}>
          Counted {part}
        </p>
      )}
      {[...FACETS, ...own].map((name) => (
        <Facet key={name} name={name} query={query} source={source} zone={zone} isOwn={own.includes(name)} />
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

/** A field that the reader named is shown without values, too. */
type FacetProps = Props & { readonly name: string; readonly isOwn: boolean };

function Facet({ name, query, source, zone, isOwn }: FacetProps) {
  const wanted = source && "wanted" in source ? source.wanted : undefined;
  const records = source && "records" in source ? source.records : undefined;
  const key = wanted ? target("/values", changed(wanted, { name, limit: String(LIMIT) })) : null;
  const request = useRequest(key, (key, signal) => get<Values>(key, signal));
  const own = useMemo(() => records && valuesOf(records, name, LIMIT), [records, name]);
  const isKnown = own !== undefined || !request.isStale;
  const found = useLastKnown(own ?? request.value, isKnown);
  if (!found || (found.values.length === 0 && !isOwn)) return null;
  const parameter = parameterOf(name);
  return (
    <>
      <h2>
        <Visible text={name} limit={60} rest="length" />
      </h2>
      <ul aria-busy={!isKnown}>
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
        {found.values.length === 0 && <li class="soft">no values</li>}
        {found.other > 0 && <li class="soft">{found.other.toLocaleString("en")} with other values</li>}
        {found.cut && <li class="soft">counted back to {dateTime(micros(found.cut.reached), zone)}</li>}
      </ul>
    </>
  );
}
