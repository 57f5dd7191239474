/** Helpers for tests that cut and join frames. */
import type { FrameRule, MessageFrame, Piece, StartupFrame } from "../frame.ts";
import { Framer } from "../framer.ts";
import type { AuthenticationResponse } from "../messages/frontend/authentication-response.ts";

export const ASSEMBLE: FrameRule = { type: "assemble", limit: 1 << 20 };

const STARTUP_PACKETS: readonly string[] = ["StartupMessage", "SSLRequest", "GSSENCRequest", "CancelRequest"];

export function isStartup(message: { readonly type: string }): boolean {
  return STARTUP_PACKETS.includes(message.type);
}

/** What a message with the tag `p` is to be read as, to be one of type `type`. */
export function responseType(type: string): AuthenticationResponse["type"] {
  if (type === "SASLInitialResponse" || type === "SASLResponse" || type === "GSSResponse") return type;
  return "PasswordMessage";
}

export function drain(framer: Framer, chunks: readonly Uint8Array[]): Piece[] {
  const pieces: Piece[] = [];
  for (const chunk of chunks) {
    framer.push(chunk);
    for (let piece = framer.next(); piece !== undefined; piece = framer.next()) pieces.push(piece);
  }
  return pieces;
}

/** The one whole frame that `chunks` are. */
export function frameOf(
  kind: "startup" | "typed",
  chunks: readonly Uint8Array[],
): StartupFrame | MessageFrame {
  const framer = new Framer(kind === "startup" ? { kind } : { kind, rule: () => ASSEMBLE });
  const [frame, ...others] = drain(framer, chunks);
  if (frame === undefined || frame.type === "span" || frame.type === "part" || others.length > 0)
    throw new Error("not one whole frame");
  if (framer.takeRest().length > 0) throw new Error("bytes are left over");
  return frame;
}

export function splitEverywhere(bytes: Uint8Array): Uint8Array[][] {
  return Array.from({ length: bytes.length + 1 }, (_, at) => [bytes.subarray(0, at), bytes.subarray(at)]);
}

export function oneByOne(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
}

/** The same bytes as a view into a bigger buffer that is full of others, as Node's pool gives them. */
export function embedded(bytes: Uint8Array): Uint8Array {
  const pool = new Uint8Array(bytes.length + 24).fill(0xa5);
  pool.set(bytes, 11);
  return pool.subarray(11, 11 + bytes.length);
}

/** How many runs a property gets: quick by default, long in `npm run verify`. */
export const FUZZ_RUNS = Number(process.env.FUZZ_RUNS ?? 300);
