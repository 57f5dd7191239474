/** What the tunnel itself has to tell psql, as the ErrorResponse that psql knows how to show. */
import { Fault } from "@postern/core/fault";

/** Manual, "Message Formats", ErrorResponse, and "Error and Notice Message Fields"; SQLSTATEs of appendix A. */
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

/** invalid_authorization_specification for who may not, connection_failure for what can't be reached. */
function sqlstateOf(error: unknown): string {
  return error instanceof Fault && /^(auth|access)\./.test(error.code) ? "28000" : "08006";
}
