// How a transaction is shown: folded, wrapped, with columns, in which lanes, and by which clock.
import { change } from "../../app/location.ts";
import type { ViewState } from "../../app/view-state.ts";
import { Columns } from "../../parts/Columns.tsx";
import { WrapButton } from "../../parts/WrapButton.tsx";

export function Options({ state }: { readonly state: ViewState }) {
  return (
    <>
      <button
        type="button"
        aria-pressed={state.isFolded}
        title="Fold repeated records (f)"
        onClick={() => change({ fold: state.isFolded ? "0" : null }, "replace")}
      >
        Fold
      </button>
      <WrapButton isWrapped={state.isWrapped} />
      <Columns columns={state.columns} />
      <select
        aria-label="Lanes"
        value={state.by}
        onChange={({ currentTarget: { value } }) => change({ by: value === "service" ? null : value })}
      >
        <option value="service">by service</option>
        <option value="host">by host</option>
        <option value="process">by process</option>
      </select>
      <select
        aria-label="Clock"
        value={state.clock}
        onChange={({ currentTarget: { value } }) => change({ clock: value === "event" ? null : value })}
      >
        <option value="event">own times</option>
        <option value="arrival">arrival</option>
      </select>
    </>
  );
}
