import { ProtocolError } from "../errors.ts";
import { bodyOf, type MessageFrame, type StartupFrame } from "../frame.ts";
import {
  type CopyData,
  type CopyDone,
  decodeCopyData,
  decodeCopyDone,
  encodeCopyData,
  encodeCopyDone,
} from "./copy-data.ts";
import {
  type AuthenticationResponse,
  decodeGSSResponse,
  decodePasswordMessage,
  decodeSASLInitialResponse,
  decodeSASLResponse,
  encodeAuthenticationResponse,
} from "./frontend/authentication-response.ts";
import { type Bind, decodeBind, encodeBind } from "./frontend/bind.ts";
import {
  decodeFlush,
  decodeSync,
  decodeTerminate,
  encodeBodiless,
  type Flush,
  type Sync,
  type Terminate,
} from "./frontend/bodiless.ts";
import { encodeCancelRequest } from "./frontend/cancel-request.ts";
import { type CopyFail, decodeCopyFail, encodeCopyFail } from "./frontend/copy-fail.ts";
import {
  type Close,
  type Describe,
  decodeClose,
  decodeDescribe,
  encodeClose,
  encodeDescribe,
} from "./frontend/describe-close.ts";
import { encodeGSSENCRequest, encodeSSLRequest } from "./frontend/encryption-request.ts";
import { decodeExecute, type Execute, encodeExecute } from "./frontend/execute.ts";
import { decodeFunctionCall, encodeFunctionCall, type FunctionCall } from "./frontend/function-call.ts";
import { decodeParse, encodeParse, type Parse } from "./frontend/parse.ts";
import { decodeQuery, encodeQuery, type Query } from "./frontend/query.ts";
import { encodeStartupMessage } from "./frontend/startup-message.ts";
import { decodeStartupPacket, type StartupPacket } from "./frontend/startup-packet.ts";
import { FRONTEND_TAG } from "./frontend/tag.ts";

/** Everything that a frontend may send. */
export type FrontendMessage =
  | StartupPacket
  | AuthenticationResponse
  | Query
  | Parse
  | Bind
  | Describe
  | Execute
  | Close
  | Sync
  | Flush
  | FunctionCall
  | CopyData
  | CopyDone
  | CopyFail
  | Terminate;

const DECODE_RESPONSE = {
  PasswordMessage: decodePasswordMessage,
  SASLInitialResponse: decodeSASLInitialResponse,
  SASLResponse: decodeSASLResponse,
  GSSResponse: decodeGSSResponse,
} satisfies Record<AuthenticationResponse["type"], (body: Uint8Array) => AuthenticationResponse>;

/**
 * @param response what a message with the tag `p` is, as the authentication request before it decided
 * @throws ProtocolError; bytes left over, unterminated strings and lying counts are errors in every message
 */
export function decodeFrontend(
  frame: StartupFrame | MessageFrame,
  response: AuthenticationResponse["type"] = "PasswordMessage",
): FrontendMessage {
  const body = bodyOf(frame);
  if (frame.type === "startup") return decodeStartupPacket(body);
  if (frame.tag === FRONTEND_TAG.PasswordMessage) return DECODE_RESPONSE[response](body);
  return decodeTyped(frame.tag, body);
}

function decodeTyped(tag: number, body: Uint8Array): FrontendMessage {
  switch (tag) {
    case FRONTEND_TAG.Query:
      return decodeQuery(body);
    case FRONTEND_TAG.Parse:
      return decodeParse(body);
    case FRONTEND_TAG.Bind:
      return decodeBind(body);
    case FRONTEND_TAG.Describe:
      return decodeDescribe(body);
    case FRONTEND_TAG.Execute:
      return decodeExecute(body);
    case FRONTEND_TAG.Close:
      return decodeClose(body);
    case FRONTEND_TAG.Sync:
      return decodeSync(body);
    case FRONTEND_TAG.Flush:
      return decodeFlush(body);
    case FRONTEND_TAG.FunctionCall:
      return decodeFunctionCall(body);
    case FRONTEND_TAG.CopyData:
      return decodeCopyData(body);
    case FRONTEND_TAG.CopyDone:
      return decodeCopyDone(body);
    case FRONTEND_TAG.CopyFail:
      return decodeCopyFail(body);
    case FRONTEND_TAG.Terminate:
      return decodeTerminate(body);
    default:
      throw new ProtocolError("tag.unknown", `invalid frontend message type ${tag}`);
  }
}

/** The whole message, tag and length included. @throws ProtocolError when the protocol cannot carry it */
export function encodeFrontend(message: FrontendMessage): Uint8Array {
  switch (message.type) {
    case "SSLRequest":
      return encodeSSLRequest(message);
    case "GSSENCRequest":
      return encodeGSSENCRequest(message);
    case "CancelRequest":
      return encodeCancelRequest(message);
    case "PasswordMessage":
    case "SASLInitialResponse":
    case "SASLResponse":
    case "GSSResponse":
      return encodeAuthenticationResponse(message);
    case "Query":
      return encodeQuery(message);
    case "Parse":
      return encodeParse(message);
    case "Bind":
      return encodeBind(message);
    case "Describe":
      return encodeDescribe(message);
    case "Execute":
      return encodeExecute(message);
    case "Close":
      return encodeClose(message);
    case "Sync":
    case "Flush":
    case "Terminate":
      return encodeBodiless(message);
    case "FunctionCall":
      return encodeFunctionCall(message);
    case "CopyData":
      return encodeCopyData(message);
    case "CopyDone":
      return encodeCopyDone(message);
    case "CopyFail":
      return encodeCopyFail(message);
    default:
      return encodeStartupMessage(message);
  }
}
