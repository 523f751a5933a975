// A table: the names of its columns, and its rows.
import type { ComponentChildren } from "preact";

export type Column = {
  readonly name: string;
  /** Numbers stand at the right. */
  readonly isNumber?: boolean;
  /** Whether only screen readers need the name. */
  readonly isNameless?: boolean;
};

type Props = {
  readonly columns: readonly Column[];
  /** The rows. */
  readonly children: ComponentChildren;
};

export function Table({ columns, children }: Props) {
  return (
    <table>
      <thead>
        <tr>
          {columns.map(({ name, isNumber, isNameless }) => (
            <th key={name} scope="col" class={isNumber ? "number" : undefined}>
              {isNameless ? <span class="hidden">{name}</span> : name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}
