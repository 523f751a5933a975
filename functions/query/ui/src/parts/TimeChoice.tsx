// The choice of a time before now. It stays relative in the address: tomorrow it means tomorrow.
import { change } from "../app/location.ts";

const RANGES: readonly [from: string, label: string][] = [
  ["-15m", "last 15 min"],
  ["-1h", "last hour"],
  ["-24h", "last 24 hours"],
  ["-7d", "last 7 days"],
  ["-30d", "last 30 days"],
];

/** The choice that the address has; `undefined` for other times, and for none. */
export function rangeOf(query: URLSearchParams): string | undefined {
  return query.has("to") ? undefined : RANGES.find(([from]) => from === query.get("from"))?.[0];
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
      {RANGES.filter(([, label]) => label !== none).map(([from, label]) => (
        <option key={from} value={from}>
          {label}
        </option>
      ))}
    </select>
  );
}
