/**
 * A client's messages as inspectors see them: texts and values as they are recorded, so that a message of a gigabyte,
 * which nobody keeps, looks like any other.
 */
import type { CString } from "@postern/wire/cstring";
import type { MessageFrame } from "@postern/wire/frame";
import { decodeFrontend, type FrontendMessage } from "@postern/wire/messages/frontend";
import { type RecordedValues, recordValues } from "../audit/parameters.ts";
import { type StatementText, statementText } from "../audit/statement-text.ts";

export interface Query {
  readonly type: "Query";
  readonly text: StatementText;
}

export interface Parse {
  readonly type: "Parse";
  readonly statement: CString;
  readonly text: StatementText;
  readonly parameterTypes: readonly number[];
}

export interface Bind {
  readonly type: "Bind";
  readonly portal: CString;
  readonly statement: CString;
  readonly values: RecordedValues;
}

export interface FunctionCall {
  readonly type: "FunctionCall";
  readonly functionOid: number;
  readonly values: RecordedValues;
}

type Statement = Query | Parse | Bind | FunctionCall;
export type ClientMessage = Exclude<FrontendMessage, { readonly type: Statement["type"] }> | Statement;

/** What is known of a message that is too large to be kept, before the first byte of it leaves. */
export type Head = Pick<Query | Parse | Bind, "type"> | Pick<FunctionCall, "type" | "functionOid">;

/** @throws ProtocolError, as `decodeFrontend` does */
export function readMessage(frame: MessageFrame): ClientMessage {
  const message = decodeFrontend(frame);
  switch (message.type) {
    case "Query":
      return { type: "Query", text: statementText(message.query.bytes) };
    case "Parse": {
      const { type, statement, query, parameterTypes } = message;
      return { type, statement, text: statementText(query.bytes), parameterTypes };
    }
    case "Bind": {
      const { type, portal, statement, parameterFormats, parameters } = message;
      return { type, portal, statement, values: recordValues(parameterFormats, parameters) };
    }
    case "FunctionCall": {
      const { type, functionOid, argumentFormats, arguments: values } = message;
      return { type, functionOid, values: recordValues(argumentFormats, values) };
    }
    default:
      return message;
  }
}
