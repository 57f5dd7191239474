/** Which messages of a running session are read whole, which pass as they come, and which have no place in it. */
import type { FramePolicy, FrameRule } from "@postern/wire/frame";
import { BACKEND_TAG } from "@postern/wire/messages/backend/tag";
import { FRONTEND_TAG } from "@postern/wire/messages/frontend/tag";

const stream: FrameRule = { type: "stream" };
const refuse: FrameRule = { type: "refuse" };

/** Messages of a few fields. */
const small: FrameRule = { type: "assemble", limit: 64 * 1024 };

/** Statements and their parameters: they are recorded before they leave, so they must be there whole. */
const statement: FrameRule = { type: "assemble", limit: 64 * 1024 * 1024 };

const frontendRules: Readonly<Record<number, FrameRule>> = {
  [FRONTEND_TAG.Query]: statement,
  [FRONTEND_TAG.Parse]: statement,
  [FRONTEND_TAG.Bind]: statement,
  [FRONTEND_TAG.FunctionCall]: statement,
  [FRONTEND_TAG.Execute]: small,
  [FRONTEND_TAG.Describe]: small,
  [FRONTEND_TAG.Close]: small,
  [FRONTEND_TAG.Sync]: small,
  [FRONTEND_TAG.Flush]: small,
  [FRONTEND_TAG.Terminate]: small,
  [FRONTEND_TAG.CopyData]: stream,
  [FRONTEND_TAG.CopyDone]: small,
  [FRONTEND_TAG.CopyFail]: small,
};

export const frontendPolicy: FramePolicy = {
  kind: "typed",
  rule: (tag) => frontendRules[tag] ?? refuse,
};

const longestError = 1024 * 1024;
const error: FrameRule = { type: "assemble", limit: longestError };

/** Of BackendKeyData, authentication and replication nothing may come in a running session. */
const backendRules: Readonly<Record<number, FrameRule>> = {
  [BACKEND_TAG.DataRow]: stream,
  [BACKEND_TAG.CopyData]: stream,
  [BACKEND_TAG.RowDescription]: stream,
  [BACKEND_TAG.ParameterDescription]: stream,
  [BACKEND_TAG.FunctionCallResponse]: stream,
  [BACKEND_TAG.NoticeResponse]: stream,
  [BACKEND_TAG.NotificationResponse]: stream,
  [BACKEND_TAG.ErrorResponse]: error,
  [BACKEND_TAG.BindComplete]: small,
  [BACKEND_TAG.CloseComplete]: small,
  [BACKEND_TAG.CommandComplete]: small,
  [BACKEND_TAG.CopyDone]: small,
  [BACKEND_TAG.CopyInResponse]: small,
  [BACKEND_TAG.CopyOutResponse]: small,
  [BACKEND_TAG.EmptyQueryResponse]: small,
  [BACKEND_TAG.NoData]: small,
  [BACKEND_TAG.ParameterStatus]: small,
  [BACKEND_TAG.ParseComplete]: small,
  [BACKEND_TAG.PortalSuspended]: small,
  [BACKEND_TAG.ReadyForQuery]: small,
};

export const backendPolicy: FramePolicy = {
  kind: "typed",
  rule(tag, length) {
    // An error may quote a value of a gigabyte: then it passes, and what it said isn't kept.
    if (tag === BACKEND_TAG.ErrorResponse && length > longestError) return stream;
    return backendRules[tag] ?? refuse;
  },
};
