import { CString } from "../../cstring.ts";
import { ProtocolError } from "../../errors.ts";
import { STARTUP_LIMIT } from "../../frame.ts";
import type { Reader } from "../../reader.ts";
import { Writer } from "../../writer.ts";

export type ProtocolVersion = { readonly major: number; readonly minor: number };

/** Opens a session. */
export type StartupMessage = {
  readonly type: "StartupMessage";
  readonly version: ProtocolVersion;
  /**
   * In the order sent, `user` among them; none twice. Valid UTF-8, so that what is judged is what is passed on.
   * Names that begin with `_pq_.` are protocol options, the rest settings of the session.
   */
  readonly parameters: ReadonlyMap<string, string>;
};

export function encodeStartupMessage({ version, parameters }: StartupMessage): Uint8Array {
  const writer = new Writer(undefined, STARTUP_LIMIT).uint16(version.major).uint16(version.minor);
  for (const [name, value] of parameters) {
    if (name === "") throw new ProtocolError("value.invalid", "a start-up parameter has no name");
    writer.cstring(CString.from(name)).cstring(CString.from(value));
  }
  return writer.byte(0).finish();
}

/**
 * @param reader behind the version
 * @throws ProtocolError `version.unsupported` for another major version, whose layout is unknown; `startup.duplicate`; `string.encoding`
 */
export function readStartupMessage(reader: Reader, version: ProtocolVersion): StartupMessage {
  if (version.major !== 3) {
    const text = `unsupported frontend protocol ${version.major}.${version.minor}: server supports 3.0 to 3.2`;
    throw new ProtocolError("version.unsupported", text);
  }
  const parameters = readParameters(reader);
  reader.end();
  return { type: "StartupMessage", version, parameters };
}

function readParameters(reader: Reader): Map<string, string> {
  const parameters = new Map<string, string>();
  for (;;) {
    const name = reader.cstring().strictUtf8;
    if (name === "") return parameters;
    const value = reader.cstring().strictUtf8;
    // PostgreSQL lets the last one win; we refuse, for who reads the first would judge another session.
    if (parameters.has(name))
      throw new ProtocolError("startup.duplicate", "a start-up parameter is given twice");
    parameters.set(name, value);
  }
}
