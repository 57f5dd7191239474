import type { CString } from "../../cstring.ts";
import { Reader } from "../../reader.ts";
import { Writer } from "../../writer.ts";
import { BACKEND_TAG } from "./tag.ts";

/** A NOTIFY by some session on a channel that this one listens to. */
export type NotificationResponse = {
  readonly type: "NotificationResponse";
  /** The notifying backend's. */
  readonly processId: number;
  readonly channel: CString;
  readonly payload: CString;
};

export function encodeNotificationResponse(message: NotificationResponse): Uint8Array {
  const writer = new Writer(BACKEND_TAG.NotificationResponse).int32(message.processId);
  return writer.cstring(message.channel).cstring(message.payload).finish();
}

export function decodeNotificationResponse(body: Uint8Array): NotificationResponse {
  const reader = new Reader(body);
  const processId = reader.int32();
  const channel = reader.cstring();
  const payload = reader.cstring();
  reader.end();
  return { type: "NotificationResponse", processId, channel, payload };
}
