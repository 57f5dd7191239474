import { StoreError } from "./error.ts";
import type { Check, Condition, Delete, Item, Key, Put, Value, Write } from "./port.ts";

/**
 * Items as both backends keep them: the value as one JSON text. Text and not a map of DynamoDB attributes, because it
 * comes back exactly as it went in (a DynamoDB number ends at 1e126, nesting at 32 levels), it costs the same bytes on
 * both backends, so that one limit fits both, and nothing here ever looks inside a value but our own code.
 */
export interface StoredItem {
  readonly key: Key;
  readonly json: string;
  readonly bytes?: Uint8Array;
  readonly version: number;
  readonly expiresAt?: number;
}

/** A put whose value is text already. */
export interface EncodedPut {
  readonly type: "put";
  readonly key: Key;
  readonly json: string;
  readonly bytes?: Uint8Array;
  readonly expiresAt?: number;
  readonly condition: Condition;
}

export type EncodedWrite = EncodedPut | Delete | Check;

export function encodeWrite(write: Write): EncodedWrite {
  return write.type === "put" ? encodePut(write) : write;
}

function encodePut({ value, ...rest }: Put): EncodedPut {
  return { ...rest, json: encodeValue(value) };
}

/** @throws StoreError `store.value-invalid` for what `JSON.stringify` would silently change or drop. */
function encodeValue(value: Value): string {
  return JSON.stringify(value, (_name, part: unknown) => {
    if (part === undefined || (typeof part === "number" && !Number.isFinite(part))) {
      throw new StoreError(
        "store.value-invalid",
        "a value must be JSON: no undefined, NaN or Infinity in it",
      );
    }
    return part;
  });
}

export function decodeItem({ json, ...rest }: StoredItem): Item {
  return { ...rest, value: decodeValue(json) };
}

function decodeValue(json: string): Value {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new StoreError("store.corrupt", "a stored value is not JSON", cause);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new StoreError("store.corrupt", "a stored value is not a JSON object");
  }
  return value as Value; // JSON.parse gives nothing but JSON, and it was just seen to be an object
}
