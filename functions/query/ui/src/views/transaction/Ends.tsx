// What a transaction's list says where it ends, and where it is empty.
import type { Outline } from "../../api/types.ts";
import type { RecordWindow } from "../../app/record-window.ts";
import { RemoveFilters } from "../../parts/RemoveFilters.tsx";

type BottomProps = { readonly loaded: number; readonly count: number; readonly records: RecordWindow };

export function Bottom({ loaded, count, records }: BottomProps) {
  if (records.isLoading) return <span>Reading …</span>;
  if (records.next === null) return <span>{loaded === 0 ? "" : "The last record of this transaction so far."}</span>;
  return (
    <>
      <span>
        {`${loaded.toLocaleString("en")} of ${count.toLocaleString("en")} are loaded.`} The browser's search finds
        these; / searches all.
      </span>
      <button type="button" onClick={() => void records.later()}>
        Load more
      </button>
    </>
  );
}

export function NoMatch({ query, whole }: { readonly query: URLSearchParams; readonly whole: Outline }) {
  return (
    <div class="empty">
      <h2>None of the {whole.record_count.toLocaleString("en")} records matches these filters</h2>
      <RemoveFilters query={query} />
    </div>
  );
}
