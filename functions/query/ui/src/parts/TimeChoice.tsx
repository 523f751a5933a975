// The choice of a time before now. It stays relative in the address: tomorrow it means tomorrow.
import { change } from "../app/location.ts";

const RANGES: readonly [from: string, label: string][] = [
  ["-15m", "last 15 min"],
  ["-1h", "last hour"],
  ["-24h", "last 24 hours"],
  ["-7d", "last 7 days"],
  ["-30d", "last 30 days"],
  ["-90d", "last 90 days"],
];
/** For lists that the API limits to the last day where no beginning is named: longer than records are kept. */
export const ANY_TIME = "-3650d";
const WITH_ANY_TIME = [...RANGES, [ANY_TIME, "any time"]] as const;

/** The choice that the address has; `undefined` for other times, and for none. */
export function rangeOf(query: URLSearchParams): string | undefined {
  return query.has("to") ? undefined : WITH_ANY_TIME.find(([from]) => from === query.get("from"))?.[0];
}

/** Returns the words for a choice, and the next longer one: none after all times, and all times for other times. */
export function choiceAnd(range: string | undefined) {
  const at = WITH_ANY_TIME.findIndex(([from]) => from === range);
  return { label: WITH_ANY_TIME[at]?.[1], longer: WITH_ANY_TIME.at(at === -1 ? -1 : at + 1) };
}

type Props = {
  readonly query: URLSearchParams;
  readonly range: string | undefined;
  /** What it means that no time is chosen. */
  readonly none: string;
};

export function TimeChoice({ query, range, none }: Props) {
  const isOther = range === undefined && (query.has("from") || query.has("to"));
  return (
    <select
      aria-label="Time"
      value={isOther ? "other" : (range ?? "")}
      onChange={(event) => change({ from: event.currentTarget.value || null, to: null })}
    >
      <option value="">{none}</option>
      {isOther && <option value="other">other times</option>}
      {(none === "any time" ? RANGES : WITH_ANY_TIME)
        .filter(([, label]) => label !== none)
        .map(([from, label]) => (
          <option key={from} value={from}>
            {label}
          </option>
        ))}
    </select>
  );
}
