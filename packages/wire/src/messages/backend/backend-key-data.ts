import { Reader } from "../../reader.ts";
import { Writer } from "../../writer.ts";
import { checkSecretKey } from "../secret-key.ts";
import { BACKEND_TAG } from "./tag.ts";

/** What a client must show in a CancelRequest for this session. */
export type BackendKeyData = {
  readonly type: "BackendKeyData";
  readonly processId: number;
  /** 4 bytes before protocol 3.2, else 4 to 256. */
  readonly secretKey: Uint8Array;
};

/** @throws ProtocolError `length.invalid` */
export function encodeBackendKeyData({ processId, secretKey }: BackendKeyData): Uint8Array {
  checkSecretKey(secretKey);
  return new Writer(BACKEND_TAG.BackendKeyData).int32(processId).bytes(secretKey).finish();
}

export function decodeBackendKeyData(body: Uint8Array): BackendKeyData {
  const reader = new Reader(body);
  const processId = reader.int32();
  const secretKey = reader.rest();
  checkSecretKey(secretKey);
  return { type: "BackendKeyData", processId, secretKey };
}
