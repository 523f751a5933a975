// How much room there is.
import { useEffect, useState } from "preact/hooks";

/** The style has the same limit. */
const narrow = window.matchMedia("(max-width: 899px)");

/** Whether the screen is narrow. Renders again when that changes. */
export function useIsNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(narrow.matches);
  useEffect(() => {
    const look = () => setNarrow(narrow.matches);
    narrow.addEventListener("change", look);
    return () => narrow.removeEventListener("change", look);
  }, []);
  return isNarrow;
}
