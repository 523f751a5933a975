// A failed request: what happened, what is still shown, and a way on.
import type { Problem } from "../api/problem.ts";
import { timeOfDay, type Zone } from "../model/time.ts";
import { RemoveFilters } from "./RemoveFilters.tsx";

type Props = {
  readonly problem: Problem;
  /** When what is shown was received, in ms since 1970; 0 where nothing is shown. */
  readonly shownSince?: number;
  readonly zone?: Zone;
  readonly again?: () => void;
  /** The address of a view with filters, which may be what is wrong. */
  readonly query?: URLSearchParams;
};

const SENTENCES: Record<string, string> = {
  "database-away": "MongoDB does not answer.",
  unreachable: "The query API does not answer.",
  "out-of-time": "The answer took too long. Narrow the time or the filters.",
  "place-lost":
    "The place in the tail was lost. It begins anew with the newest records: some in between may not be shown.",
};

const REFUSED: readonly string[] = ["bad-parameter", "no-tenant", "not-for-tenants"];

export function Failure({ problem, shownSince = 0, zone = "UTC", again, query }: Props) {
  const { detail, suggestion, allowed } = problem.document;
  // What the API refuses, it refuses again.
  const isRefused = REFUSED.includes(problem.kind);
  return (
    <p class="notice bad" role="alert">
      <span>
        {SENTENCES[problem.kind] ?? detail}
        {suggestion && ` Did you mean ${suggestion}?`}
        {allowed && isRefused && ` Allowed: ${allowed}.`}
        {problem.isPassing && " Trying again in 5 s."}
        {shownSince > 0 && !isRefused && ` What you see is from ${timeOfDay(shownSince * 1000, zone, 0)}.`}
      </span>
      {problem.kind === "bad-parameter" && query && <RemoveFilters query={query} />}
      {again && !isRefused && (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </p>
  );
}
