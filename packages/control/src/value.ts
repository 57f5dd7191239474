import type { Value } from "@postern/store/port";

/** A document as the store takes it: fields that are `undefined` (an optional one, as zod types it) are left out. */
export function toValue(document: object): Value {
  return JSON.parse(JSON.stringify(document)) as Value; // the JSON text of an object that was an object stays one
}
