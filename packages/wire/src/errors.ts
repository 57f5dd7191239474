import { SQLSTATE, type SqlState } from "./sqlstate.ts";

/**
 * What can be wrong with bytes, each with the SQLSTATE its sender is told.
 * PostgreSQL calls nearly all of them a protocol violation.
 */
const SQLSTATE_OF = {
  "length.invalid": SQLSTATE.protocol_violation,
  "message.too_long": SQLSTATE.program_limit_exceeded,
  "message.truncated": SQLSTATE.protocol_violation,
  "message.trailing": SQLSTATE.protocol_violation,
  "count.invalid": SQLSTATE.protocol_violation,
  "value.invalid": SQLSTATE.protocol_violation,
  "string.unterminated": SQLSTATE.protocol_violation,
  "string.nul": SQLSTATE.protocol_violation,
  "string.encoding": SQLSTATE.character_not_in_repertoire,
  "tag.unknown": SQLSTATE.protocol_violation,
  "tag.refused": SQLSTATE.protocol_violation,
  "startup.duplicate": SQLSTATE.protocol_violation,
  "version.unsupported": SQLSTATE.feature_not_supported,
} as const satisfies Record<string, SqlState>;

export type ProtocolErrorCode = keyof typeof SQLSTATE_OF;

/**
 * The peer broke the protocol, or we were asked to encode what the protocol cannot carry.
 * The message names fields, sizes and tags, never contents: it may be shown to the peer and logged.
 */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly code: ProtocolErrorCode;

  constructor(code: ProtocolErrorCode, message: string) {
    super(message);
    this.code = code;
  }

  get sqlstate(): SqlState {
    return SQLSTATE_OF[this.code];
  }
}
