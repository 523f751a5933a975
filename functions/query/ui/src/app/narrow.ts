// Narrows the view by what the reader clicked.
import { change, path, query } from "./location.ts";
import { narrowing, type Way } from "./narrowing.ts";
import { uidOf } from "./paths.ts";

export function narrow(field: string, value: unknown, way: Way): void {
  const changes = narrowing(query(), field, value, way);
  if (!changes) return;
  const { log_uid: uid, ...others } = changes;
  // A transaction is found by its uid already. Among its records are some that carry it beside their own.
  const isWithin = uid !== undefined && uidOf(path()) !== undefined;
  change(isWithin ? { ...others, "field.log_uid": uid } : changes);
}
