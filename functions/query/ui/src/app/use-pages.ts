// An answer that comes in pages: the first one, and those that the reader asked for.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { get } from "../api/client.ts";
import type { Cut } from "../api/types.ts";
import { type Request, useRequest } from "./request.ts";

type Page = { readonly next: string | null; readonly cut?: Cut };

export type Pages<P extends Page> = {
  readonly first: Request<P>;
  readonly pages: readonly P[];
  readonly last: P | undefined;
  readonly isLoading: boolean;
  /** Loads the next page, of another length where that is given. */
  readonly more: (limit?: number) => void;
};

/** Loads the first page whenever the address changes, and forgets the further ones then. */
export function usePages<P extends Page>(address: string): Pages<P> {
  const first = useRequest(address, (wanted, signal) => get<P>(wanted, signal));
  const [further, setFurther] = useState<{ after: P | undefined; pages: readonly P[] }>({
    after: undefined,
    pages: [],
  });
  const [isLoading, setLoading] = useState(false);
  const ending = useRef<AbortController | undefined>(undefined);
  const begin = first.value;
  useEffect(() => {
    setLoading(false);
    return () => ending.current?.abort();
  }, [begin]);
  const known = further.after === begin ? further.pages : [];
  const pages = begin ? [begin, ...known] : [];
  const last = pages.at(-1);
  const { again } = first;
  const more = useCallback(
    (limit?: number) => {
      if (!last?.next || isLoading) return;
      const next = typeof limit === "number" ? last.next.replace(/([?&]limit=)\d+/, `$1${limit}`) : last.next;
      const own = new AbortController();
      ending.current = own;
      setLoading(true);
      get<P>(next, own.signal)
        .then((page) => {
          setFurther({ after: begin, pages: [...known, page] });
          setLoading(false);
        })
        .catch(() => {
          // The first page is asked for again: it says what is wrong, or that all is well again.
          if (own.signal.aborted) return;
          setLoading(false);
          again();
        });
    },
    [last, isLoading, begin, again],
  );
  return { first, pages, last, isLoading: isLoading || (first.isLoading && begin === undefined), more };
}
