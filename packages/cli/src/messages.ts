/** The two messages of PostgreSQL's protocol that the CLI itself sends (manual, "Message Formats"). */
import { Fault } from "@postern/core/fault";

/** From a connection's BackendKeyData. */
export interface CancelKey {
  readonly processId: number;
  readonly secretKey: number;
}

/** CancelRequest: 80877102 stands where a start-up packet has its version. */
export function encodeCancelRequest({ processId, secretKey }: CancelKey): Buffer {
  const message = Buffer.alloc(16);
  [16, 80_877_102, processId, secretKey].forEach((field, index) => message.writeInt32BE(field, 4 * index));
  return message;
}

/** ErrorResponse, by which psql shows what it can't know: why there is no connection. */
export function encodeErrorResponse(error: unknown): Buffer {
  const fields = [
    ["S", "FATAL"],
    ["V", "FATAL"],
    ["C", sqlstateOf(error)],
    ["M", error instanceof Error ? error.message : String(error)],
    ...(error instanceof Fault && error.data.hint !== undefined ? [["H", error.data.hint]] : []),
  ];
  const text = fields.map(([type, value]) => `${type}${(value ?? "").replaceAll("\0", "")}\0`).join("");
  const body = Buffer.from(`${text}\0`);
  const header = Buffer.from("E\0\0\0\0");
  header.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([header, body]);
}

/** Appendix A: invalid_authorization_specification for who may not, connection_failure for what can't be reached. */
function sqlstateOf(error: unknown): string {
  return error instanceof Fault && /^(auth|access)\./.test(error.code) ? "28000" : "08006";
}
