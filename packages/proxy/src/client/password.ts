import type { Duplex } from "node:stream";
import { parseDatabaseToken } from "@postern/core/credential/database-token";
import { encodeBackend } from "@postern/wire/messages/backend";
import { collectPassword } from "@postern/wire/startup/password";
import { Refusal } from "../refusal/refusal.ts";
import { readChunk } from "../stream/read-chunk.ts";

/** The token, and what came behind it. */
export interface AskedToken {
  readonly token: string;
  readonly unread: Uint8Array;
}

/**
 * Asks for a database token, as the cleartext password that only TLS makes fit to be sent.
 * @returns undefined when the client went: psql does, to ask its user, and comes again
 * @throws Refusal, or the signal's reason
 */
export async function askForToken(
  stream: Duplex,
  unread: Uint8Array,
  signal: AbortSignal,
): Promise<AskedToken | undefined> {
  stream.write(encodeBackend({ type: "AuthenticationCleartextPassword" }));
  let bytes: Uint8Array = new Uint8Array(0);
  let left = unread;
  for (;;) {
    const step = collectPassword(left, bytes);
    if (step.type === "refused") throw new Refusal({ type: "token_malformed" });
    if (step.type === "password") return { token: databaseToken(step.password.utf8), unread: step.unread };
    left = step.unread;
    const chunk = await readChunk(stream, signal);
    if (chunk === undefined) return undefined;
    bytes = chunk;
  }
}

/** No look-up is made for a text that can't be a token. */
function databaseToken(password: string): string {
  if (parseDatabaseToken(password) === undefined) throw new Refusal({ type: "token_malformed" });
  return password;
}
