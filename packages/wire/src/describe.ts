import { errorField } from "./error-response.ts";
import type { BackendMessage } from "./messages/backend.ts";
import type { FrontendMessage } from "./messages/frontend.ts";

/** What may be logged of a message: its type, and facts that hold no contents. */
export type Description = { readonly type: string; readonly [fact: string]: string | number | undefined };

/**
 * A message for logs and traces. Facts are named one by one, sizes rather than contents; a message that is not named here shows its type alone.
 * So no password, SASL data, start-up value, cancel key, statement text, parameter or row can come out.
 */
export function describe(message: FrontendMessage | BackendMessage): Description {
  return { type: message.type, ...factsOf(message) };
}

function factsOf(message: FrontendMessage | BackendMessage): Omit<Description, "type"> {
  switch (message.type) {
    case "StartupMessage":
      return {
        version: `${message.version.major}.${message.version.minor}`,
        parameters: [...message.parameters.keys()].join(" "),
      };
    case "CancelRequest":
    case "BackendKeyData":
      return { processId: message.processId };
    case "Query":
      return { bytes: message.query.bytes.length };
    case "Parse":
      return { statement: message.statement.utf8, bytes: message.query.bytes.length };
    case "Bind":
      return {
        portal: message.portal.utf8,
        statement: message.statement.utf8,
        parameters: message.parameters.length,
      };
    case "Describe":
    case "Close":
      return { target: message.target, name: message.name.utf8 };
    case "Execute":
      return { portal: message.portal.utf8, maxRows: message.maxRows };
    case "FunctionCall":
      return { functionOid: message.functionOid, arguments: message.arguments.length };
    case "CopyData":
      return { bytes: message.data.length };
    case "ParameterStatus":
      return { name: message.name.utf8 };
    case "ReadyForQuery":
      return { status: message.status };
    case "RowDescription":
      return { fields: message.fields.length };
    case "DataRow":
      return { values: message.values.length };
    case "CommandComplete":
      return { tag: message.tag.utf8 };
    case "ErrorResponse":
    case "NoticeResponse":
      return {
        severity: errorField(message, "V") ?? errorField(message, "S"),
        sqlstate: errorField(message, "C"),
      };
    default:
      return {};
  }
}
