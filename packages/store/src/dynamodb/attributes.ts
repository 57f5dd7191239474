/**
 * An item's attributes: pk, sk; v the value as JSON text (`item.ts` says why); b the bytes; n the version; e the expiry
 * in milliseconds, which conditions compare; ttl the same in seconds, rounded up, for DynamoDB's own sweeping.
 */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { StoreError } from "../error.ts";
import type { StoredItem } from "../item.ts";
import type { Key } from "../port.ts";

export type Attributes = Record<string, AttributeValue>;

export function keyToAttributes({ pk, sk }: Key): { pk: { S: string }; sk: { S: string } } {
  return { pk: { S: pk }, sk: { S: sk } };
}

/** A number's attribute. Whole numbers only, so the text is exact. */
export function numeric(value: number): { N: string } {
  return { N: String(value) };
}

/** The first whole second at which the item is expired: DynamoDB must not sweep it before. */
export function ttlSeconds(expiresAt: number): number {
  return Math.ceil(expiresAt / 1000);
}

/** @throws StoreError `store.corrupt` for an item that this package did not write. */
export function itemFromAttributes(attributes: Attributes): StoredItem {
  const { pk, sk, v, b, n, e } = attributes;
  return {
    key: { pk: text(pk), sk: text(sk) },
    json: text(v),
    version: whole(n),
    ...(b === undefined ? {} : { bytes: blob(b) }),
    ...(e === undefined ? {} : { expiresAt: whole(e) }),
  };
}

function text(attribute: AttributeValue | undefined): string {
  return attribute?.S ?? corrupt("text");
}

function blob(attribute: AttributeValue): Uint8Array {
  return attribute.B ?? corrupt("bytes");
}

function whole(attribute: AttributeValue | undefined): number {
  const value = Number(attribute?.N);
  return Number.isSafeInteger(value) ? value : corrupt("a whole number");
}

function corrupt(expected: string): never {
  throw new StoreError("store.corrupt", `the table holds something else where ${expected} should be`);
}
