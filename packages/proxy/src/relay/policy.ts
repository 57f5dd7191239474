/** Which messages of a running session are read whole, which pass as they come, and which have no place in it. */
import { FRONTEND_LENGTH_LIMIT, type FramePolicy, type FrameRule } from "@postern/wire/frame";
import { BACKEND_TAG } from "@postern/wire/messages/backend/tag";
import { FRONTEND_TAG } from "@postern/wire/messages/frontend/tag";

const stream: FrameRule = { type: "stream" };
const refuse: FrameRule = { type: "refuse" };

/** Messages of a few fields. */
const longestWhole = 64 * 1024;
const small: FrameRule = { type: "assemble", limit: longestWhole };

const frontendRules: Readonly<Record<number, FrameRule>> = {
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

/** Statements and their values: large ones are recorded while they pass. */
const statements: ReadonlySet<number> = new Set([
  FRONTEND_TAG.Query,
  FRONTEND_TAG.Parse,
  FRONTEND_TAG.Bind,
  FRONTEND_TAG.FunctionCall,
]);
const inParts: FrameRule = { type: "parts", limit: FRONTEND_LENGTH_LIMIT };

export const frontendPolicy: FramePolicy = {
  kind: "typed",
  rule(tag, length) {
    if (statements.has(tag)) return length > longestWhole ? inParts : small;
    return frontendRules[tag] ?? refuse;
  },
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
