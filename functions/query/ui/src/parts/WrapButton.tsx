// The button that wraps long lines.
import { change } from "../app/location.ts";

export function WrapButton({ isWrapped }: { readonly isWrapped: boolean }) {
  return (
    <button type="button" aria-pressed={isWrapped} onClick={() => change({ wrap: isWrapped ? null : "1" }, "replace")}>
      Wrap
    </button>
  );
}
