// The end of an answer that may have more: how far it looked, and a button to look further. Nothing is cut silently.
import type { Cut } from "../api/types.ts";
import { dateTime, micros, type Zone } from "../model/time.ts";

const SCANNING = "Reading all records: only whole words and values are found at once …";

type Props = {
  readonly page: { readonly next: string | null; readonly cut?: Cut } | undefined;
  readonly isLoading: boolean;
  readonly zone: Zone;
  readonly more: () => void;
  /** Whether only reading the records answers the search. */
  readonly isScan: boolean;
  /** Says that whole days were read, though sketches could answer the search. */
  readonly whole: string | undefined;
};

export function LookFurther({ page, isLoading, zone, more, isScan, whole }: Props) {
  const also = whole === undefined ? "" : ` ${whole}`;
  if (isLoading) return <p class="more">{isScan ? SCANNING : `Reading …${also}`}</p>;
  if (!page) return null;
  if (page.next === null) return <p class="more">{`That is all.${also}`}</p>;
  return (
    <p class="more">
      {page.cut && `Looked back to ${dateTime(micros(page.cut.reached), zone)}; time was up.`}
      <button type="button" onClick={more}>
        {page.cut ? "Look further" : "Show more"}
      </button>
      {whole && <span>{whole}</span>}
    </p>
  );
}
