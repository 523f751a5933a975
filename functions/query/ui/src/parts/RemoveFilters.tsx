// The way back from filters that leave nothing, or that the API does not take.
import { filtersAndTimes } from "../app/filters.ts";
import { change } from "../app/location.ts";

/** A button that removes the view's filters and times. Nothing where there are none. */
export function RemoveFilters({ query }: { readonly query: URLSearchParams }) {
  const names = [...filtersAndTimes(query).keys()];
  if (names.length === 0) return null;
  return (
    <button type="button" onClick={() => change(Object.fromEntries(names.map((name) => [name, null])))}>
      Remove all filters
    </button>
  );
}
