// The menu of columns: further fields that rows show. A field of the open record can be added from there too.
import { change } from "../app/location.ts";
import { MAX_COLUMNS } from "../app/view-state.ts";
import { Menu } from "./Menu.tsx";
import { Visible } from "./Visible.tsx";

/** Fields that most records have. */
const USUAL = ["name", "fqdn", "process", "funcName", "lineno", "threadName", "source.arrived"];

export function Columns({ columns }: { readonly columns: readonly string[] }) {
  const offered = [...columns, ...USUAL.filter((name) => !columns.includes(name))];
  return (
    <Menu label={columns.length === 0 ? "Columns" : `Columns · ${columns.length}`} title="Further fields in each row">
      {offered.map((name) => (
        <label key={name}>
          <input
            type="checkbox"
            checked={columns.includes(name)}
            disabled={columns.length >= MAX_COLUMNS && !columns.includes(name)}
            onChange={() => toggleColumn(name, columns)}
          />
          <Visible text={name} limit={100} rest="length" />
        </label>
      ))}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const field = String(new FormData(event.currentTarget).get("field") ?? "").trim();
          if (field !== "" && !columns.includes(field)) toggleColumn(field, columns);
          event.currentTarget.reset();
        }}
      >
        <input name="field" aria-label="Another column" placeholder="another field: customer.id" />
      </form>
    </Menu>
  );
}

/** Shows a field as a column, or no longer. */
export function toggleColumn(name: string, columns: readonly string[]): void {
  const next = columns.includes(name) ? columns.filter((other) => other !== name) : [...columns, name];
  change({ columns: next.length > 0 ? next.slice(-MAX_COLUMNS).join(",") : null }, "replace");
}
