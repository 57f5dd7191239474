import { ProtocolError } from "../../errors.ts";
import { Reader } from "../../reader.ts";
import { Writer } from "../../writer.ts";
import { BACKEND_TAG } from "./tag.ts";

/** `failed`: in a transaction block that refuses everything until it ends. */
export type TransactionStatus = "idle" | "transaction" | "failed";

/** The server is ready for a new query cycle. */
export type ReadyForQuery = { readonly type: "ReadyForQuery"; readonly status: TransactionStatus };

const BYTE = { idle: 0x49 /* I */, transaction: 0x54 /* T */, failed: 0x45 /* E */ } as const;

export function encodeReadyForQuery({ status }: ReadyForQuery): Uint8Array {
  return new Writer(BACKEND_TAG.ReadyForQuery).byte(BYTE[status]).finish();
}

/** @throws ProtocolError `value.invalid` */
export function decodeReadyForQuery(body: Uint8Array): ReadyForQuery {
  const reader = new Reader(body);
  const status = statusOf(reader.byte());
  reader.end();
  return { type: "ReadyForQuery", status };
}

function statusOf(byte: number): TransactionStatus {
  switch (byte) {
    case BYTE.idle:
      return "idle";
    case BYTE.transaction:
      return "transaction";
    case BYTE.failed:
      return "failed";
    default:
      throw new ProtocolError("value.invalid", `unknown transaction status ${byte}`);
  }
}
