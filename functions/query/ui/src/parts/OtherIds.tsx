// The other ids that the records of a transaction carry, and whether their records are taken, too.
import { data } from "../api/client.ts";
import type { Outline } from "../api/types.ts";
import { address, change } from "../app/location.ts";
import { transactionPath } from "../app/paths.ts";
import { Link } from "./Link.tsx";
import { Visible } from "./Visible.tsx";

/** More ids than this are not named. */
const MOST = 5;

export function OtherIds({ whole }: { readonly whole: Outline }) {
  const { also_known_as: ids, also_known_as_over: isOver, followed } = whole;
  if (data || (ids.length === 0 && followed === null)) return null;
  const isMore = isOver || ids.length > MOST;
  return (
    <span>
      {ids.length > 0 && "Also known as "}
      {ids.slice(0, MOST).map((id, index) => (
        <span key={id}>
          {index > 0 && ", "}
          <Link to={address(transactionPath(id), new URLSearchParams())}>
            <Visible text={id} limit={60} />
          </Link>
        </span>
      ))}
      {isMore && " and more"}
      {followed ? (
        <button
          type="button"
          class="quiet"
          title="Take the records of this id only"
          onClick={() => change({ follow: null })}
        >
          this id only
        </button>
      ) : (
        <button
          type="button"
          class="quiet"
          title="Take the records of these ids, too"
          onClick={() => change({ follow: "1" })}
        >
          follow
        </button>
      )}
      {followed?.cut && ` Followed ${followed.ids} ids; there may be more.`}
    </span>
  );
}
