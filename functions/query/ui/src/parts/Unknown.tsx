// No record has the uid, or can have it: what was looked at, which transactions mention it, and a way on.
import type { Problem } from "../api/problem.ts";
import { address } from "../app/location.ts";
import { LOGS } from "../app/paths.ts";
import { daysLookedAt, filedUntil } from "../model/completeness.ts";
import { ago, type Zone } from "../model/time.ts";
import { Link } from "./Link.tsx";
import { MAX_CHARS, Mentions } from "./Mentions.tsx";
import { Visible } from "./Visible.tsx";

type Props = {
  readonly uid: string;
  readonly problem: Problem;
  readonly isWatching: boolean;
  readonly watch: () => void;
  readonly zone: Zone;
};

export function Unknown({ uid, problem, isWatching, watch, zone }: Props) {
  // A tenant is not told what was looked at. The heading says all that the problem's own words say, but why it is no uid.
  const { days, detail, filed_until: shards } = problem.document;
  const isRefused = problem.kind === "bad-parameter";
  const filed = shards ? filedUntil(shards) : undefined;
  return (
    <>
      <div class="empty">
        <h1>
          No record has the uid{" "}
          <span class="mono">
            <Visible text={uid} limit={200} />
          </span>
        </h1>
        {days && (
          <p>
            {`Looked at ${daysLookedAt(days)}.`}
            {filed !== undefined && ` Filed until ${ago(filed, Date.now() * 1000, zone)}.`}
          </p>
        )}
        {isRefused && (
          <p>
            <Visible text={detail} />
          </p>
        )}
        {uid.length > MAX_CHARS && <p>{`It is too long to search for: a text has up to ${MAX_CHARS} characters.`}</p>}
        <p>
          {!isRefused && (
            <button type="button" aria-pressed={isWatching} onClick={watch}>
              {isWatching ? "Watching …" : "Keep watching"}
            </button>
          )}{" "}
          {uid.length <= MAX_CHARS && (
            <Link class="button" to={address(LOGS, new URLSearchParams({ q: uid }))}>
              Search for this text
            </Link>
          )}
        </p>
      </div>
      <Mentions text={uid} zone={zone} />
    </>
  );
}
