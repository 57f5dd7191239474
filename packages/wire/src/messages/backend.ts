import { ProtocolError } from "../errors.ts";
import { bodyOf, type MessageFrame } from "../frame.ts";
import { type Authentication, decodeAuthentication, encodeAuthentication } from "./backend/authentication.ts";
import {
  type BackendKeyData,
  decodeBackendKeyData,
  encodeBackendKeyData,
} from "./backend/backend-key-data.ts";
import { type Bodiless, decodeBodiless, encodeBodiless } from "./backend/bodiless.ts";
import {
  type CommandComplete,
  decodeCommandComplete,
  encodeCommandComplete,
} from "./backend/command-complete.ts";
import {
  type CopyBothResponse,
  type CopyInResponse,
  type CopyOutResponse,
  decodeCopyBothResponse,
  decodeCopyInResponse,
  decodeCopyOutResponse,
  encodeCopyResponse,
} from "./backend/copy-response.ts";
import { type DataRow, decodeDataRow, encodeDataRow } from "./backend/data-row.ts";
import {
  decodeErrorResponse,
  decodeNoticeResponse,
  type ErrorResponse,
  encodeErrorResponse,
  encodeNoticeResponse,
  type NoticeResponse,
} from "./backend/error-response.ts";
import {
  decodeFunctionCallResponse,
  encodeFunctionCallResponse,
  type FunctionCallResponse,
} from "./backend/function-call-response.ts";
import {
  decodeNegotiateProtocolVersion,
  encodeNegotiateProtocolVersion,
  type NegotiateProtocolVersion,
} from "./backend/negotiate-protocol-version.ts";
import {
  decodeNotificationResponse,
  encodeNotificationResponse,
  type NotificationResponse,
} from "./backend/notification-response.ts";
import {
  decodeParameterDescription,
  encodeParameterDescription,
  type ParameterDescription,
} from "./backend/parameter-description.ts";
import {
  decodeParameterStatus,
  encodeParameterStatus,
  type ParameterStatus,
} from "./backend/parameter-status.ts";
import { decodeReadyForQuery, encodeReadyForQuery, type ReadyForQuery } from "./backend/ready-for-query.ts";
import {
  decodeRowDescription,
  encodeRowDescription,
  type RowDescription,
} from "./backend/row-description.ts";
import { BACKEND_TAG } from "./backend/tag.ts";
import {
  type CopyData,
  type CopyDone,
  decodeCopyData,
  decodeCopyDone,
  encodeCopyData,
  encodeCopyDone,
} from "./copy-data.ts";

/** Everything that a backend may send, but for the one byte that answers SSLRequest and GSSENCRequest. */
export type BackendMessage =
  | Authentication
  | BackendKeyData
  | Bodiless
  | CommandComplete
  | CopyBothResponse
  | CopyData
  | CopyDone
  | CopyInResponse
  | CopyOutResponse
  | DataRow
  | ErrorResponse
  | FunctionCallResponse
  | NegotiateProtocolVersion
  | NoticeResponse
  | NotificationResponse
  | ParameterDescription
  | ParameterStatus
  | ReadyForQuery
  | RowDescription;

/** @throws ProtocolError; bytes left over, unterminated strings and lying counts are errors in every message */
export function decodeBackend(frame: MessageFrame): BackendMessage {
  const body = bodyOf(frame);
  switch (frame.tag) {
    case BACKEND_TAG.Authentication:
      return decodeAuthentication(body);
    case BACKEND_TAG.BackendKeyData:
      return decodeBackendKeyData(body);
    case BACKEND_TAG.BindComplete:
      return decodeBodiless("BindComplete", body);
    case BACKEND_TAG.CloseComplete:
      return decodeBodiless("CloseComplete", body);
    case BACKEND_TAG.CommandComplete:
      return decodeCommandComplete(body);
    case BACKEND_TAG.CopyBothResponse:
      return decodeCopyBothResponse(body);
    case BACKEND_TAG.CopyData:
      return decodeCopyData(body);
    case BACKEND_TAG.CopyDone:
      return decodeCopyDone(body);
    case BACKEND_TAG.CopyInResponse:
      return decodeCopyInResponse(body);
    case BACKEND_TAG.CopyOutResponse:
      return decodeCopyOutResponse(body);
    case BACKEND_TAG.DataRow:
      return decodeDataRow(body);
    case BACKEND_TAG.EmptyQueryResponse:
      return decodeBodiless("EmptyQueryResponse", body);
    case BACKEND_TAG.ErrorResponse:
      return decodeErrorResponse(body);
    case BACKEND_TAG.FunctionCallResponse:
      return decodeFunctionCallResponse(body);
    case BACKEND_TAG.NegotiateProtocolVersion:
      return decodeNegotiateProtocolVersion(body);
    case BACKEND_TAG.NoData:
      return decodeBodiless("NoData", body);
    case BACKEND_TAG.NoticeResponse:
      return decodeNoticeResponse(body);
    case BACKEND_TAG.NotificationResponse:
      return decodeNotificationResponse(body);
    case BACKEND_TAG.ParameterDescription:
      return decodeParameterDescription(body);
    case BACKEND_TAG.ParameterStatus:
      return decodeParameterStatus(body);
    case BACKEND_TAG.ParseComplete:
      return decodeBodiless("ParseComplete", body);
    case BACKEND_TAG.PortalSuspended:
      return decodeBodiless("PortalSuspended", body);
    case BACKEND_TAG.ReadyForQuery:
      return decodeReadyForQuery(body);
    case BACKEND_TAG.RowDescription:
      return decodeRowDescription(body);
    default:
      throw new ProtocolError("tag.unknown", `invalid backend message type ${frame.tag}`);
  }
}

/** The whole message, tag and length included. @throws ProtocolError when the protocol cannot carry it */
export function encodeBackend(message: BackendMessage): Uint8Array {
  switch (message.type) {
    case "BackendKeyData":
      return encodeBackendKeyData(message);
    case "BindComplete":
    case "CloseComplete":
    case "EmptyQueryResponse":
    case "NoData":
    case "ParseComplete":
    case "PortalSuspended":
      return encodeBodiless(message);
    case "CommandComplete":
      return encodeCommandComplete(message);
    case "CopyBothResponse":
    case "CopyInResponse":
    case "CopyOutResponse":
      return encodeCopyResponse(message);
    case "CopyData":
      return encodeCopyData(message);
    case "CopyDone":
      return encodeCopyDone(message);
    case "DataRow":
      return encodeDataRow(message);
    case "ErrorResponse":
      return encodeErrorResponse(message);
    case "FunctionCallResponse":
      return encodeFunctionCallResponse(message);
    case "NegotiateProtocolVersion":
      return encodeNegotiateProtocolVersion(message);
    case "NoticeResponse":
      return encodeNoticeResponse(message);
    case "NotificationResponse":
      return encodeNotificationResponse(message);
    case "ParameterDescription":
      return encodeParameterDescription(message);
    case "ParameterStatus":
      return encodeParameterStatus(message);
    case "ReadyForQuery":
      return encodeReadyForQuery(message);
    case "RowDescription":
      return encodeRowDescription(message);
    default:
      return encodeAuthentication(message);
  }
}
