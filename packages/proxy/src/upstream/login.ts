/** The start-up with the server, on a connection that TLS protects. */
import type { Duplex } from "node:stream";
import { ProtocolError } from "@postern/wire/errors";
import type { FramePolicy, FrameRule } from "@postern/wire/frame";
import { Framer } from "@postern/wire/framer";
import { BACKEND_TAG } from "@postern/wire/messages/backend/tag";
import { encodeFrontend } from "@postern/wire/messages/frontend";
import { Refusal } from "../refusal/refusal.ts";
import { readChunk } from "../stream/read-chunk.ts";
import { type Greeting, LoginPhase, type LoginRequest } from "./login-phase.ts";

const small: FrameRule = { type: "assemble", limit: 16 * 1024 };
const allowed: ReadonlySet<number> = new Set([
  BACKEND_TAG.Authentication,
  BACKEND_TAG.BackendKeyData,
  BACKEND_TAG.ErrorResponse,
  BACKEND_TAG.NoticeResponse,
  BACKEND_TAG.ParameterStatus,
  BACKEND_TAG.ReadyForQuery,
]);
const loginPolicy: FramePolicy = {
  kind: "typed",
  rule: (tag) => (allowed.has(tag) ? small : { type: "refuse" }),
};

/** @throws Refusal */
export async function login(stream: Duplex, request: LoginRequest, signal: AbortSignal): Promise<Greeting> {
  const { parameters } = request;
  stream.write(encodeFrontend({ type: "StartupMessage", version: { major: 3, minor: 0 }, parameters }));
  const framer = new Framer(loginPolicy);
  const state = new LoginPhase(request, (bytes) => stream.write(bytes));
  try {
    for (;;) {
      const chunk = await readChunk(stream, signal);
      if (chunk === undefined)
        throw new ProtocolError("message.truncated", "it closed the connection during start-up");
      framer.push(chunk);
      for (let piece = framer.next(); piece; piece = framer.next()) {
        if (piece.type === "message" && state.take(piece)) return state.greeting(framer.takeRest());
      }
    }
  } catch (error) {
    if (error instanceof ProtocolError)
      throw new Refusal({ type: "database_protocol", problem: error.message }, error);
    throw error;
  }
}
