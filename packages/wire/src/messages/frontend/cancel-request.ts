import type { Reader } from "../../reader.ts";
import { Writer } from "../../writer.ts";
import { checkSecretKey } from "../secret-key.ts";

/** Code in the place of a protocol version: 1234 and 5678. */
export const CANCEL_REQUEST_CODE = 80877102;

/** Asks, on a connection of its own and without identity, to cancel what a session is running. Never answered. */
export type CancelRequest = {
  readonly type: "CancelRequest";
  readonly processId: number;
  /** 4 bytes before protocol 3.2, else 4 to 256. */
  readonly secretKey: Uint8Array;
};

/** @throws ProtocolError `length.invalid` */
export function encodeCancelRequest({ processId, secretKey }: CancelRequest): Uint8Array {
  checkSecretKey(secretKey);
  return new Writer().uint32(CANCEL_REQUEST_CODE).int32(processId).bytes(secretKey).finish();
}

/** @param reader behind the request code */
export function readCancelRequest(reader: Reader): CancelRequest {
  const processId = reader.int32();
  const secretKey = reader.rest();
  checkSecretKey(secretKey);
  return { type: "CancelRequest", processId, secretKey };
}
