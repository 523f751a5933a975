// Narrows the view by what the reader clicked.
import { change, query } from "./location.ts";
import { narrowing, type Way } from "./narrowing.ts";

export function narrow(field: string, value: unknown, way: Way): void {
  const changes = narrowing(query(), field, value, way);
  if (changes) change(changes);
}
