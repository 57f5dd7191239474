import { Reader } from "../../reader.ts";
import { CANCEL_REQUEST_CODE, type CancelRequest, readCancelRequest } from "./cancel-request.ts";
import {
  GSSENC_REQUEST_CODE,
  type GSSENCRequest,
  SSL_REQUEST_CODE,
  type SSLRequest,
} from "./encryption-request.ts";
import { readStartupMessage, type StartupMessage } from "./startup-message.ts";

/** The packets without a tag, which only open a connection. */
export type StartupPacket = StartupMessage | SSLRequest | GSSENCRequest | CancelRequest;

/** The first four bytes are a version or one of the codes that no version can be. */
export function decodeStartupPacket(body: Uint8Array): StartupPacket {
  const reader = new Reader(body);
  const code = reader.uint32();
  switch (code) {
    case SSL_REQUEST_CODE:
      reader.end();
      return { type: "SSLRequest" };
    case GSSENC_REQUEST_CODE:
      reader.end();
      return { type: "GSSENCRequest" };
    case CANCEL_REQUEST_CODE:
      return readCancelRequest(reader);
    default:
      return readStartupMessage(reader, { major: code >>> 16, minor: code & 0xffff });
  }
}
