/** PostgreSQL's first answer to a start-up message: whether its pg_hba.conf trusts this role. */
import type { Socket } from "node:net";
import { concat } from "@postern/wire/bytes";
import { ProtocolError } from "@postern/wire/errors";
import { AUTHENTICATION_LIMIT, bodyOf, type FramePolicy, type MessageFrame } from "@postern/wire/frame";
import { Framer } from "@postern/wire/framer";
import { decodeAuthentication } from "@postern/wire/messages/backend/authentication";
import { BACKEND_TAG } from "@postern/wire/messages/backend/tag";
import { readChunk } from "./read-chunk.ts";

export type ServerAnswer =
  /** It lets the role in without asking anything. What it said must not reach a client that has shown no token. */
  | { readonly type: "trusted"; readonly held: Uint8Array }
  /** It asks for something itself, or refuses. */
  | { readonly type: "own"; readonly bytes: Uint8Array }
  | { readonly type: "gone" };

const opening: FramePolicy = {
  kind: "typed",
  rule: (tag) =>
    tag === BACKEND_TAG.Authentication || tag === BACKEND_TAG.ErrorResponse
      ? { type: "assemble", limit: AUTHENTICATION_LIMIT }
      : { type: "refuse" },
};

/** Reads the first message; what came behind it in the same chunk is part of the answer. The socket is left paused. */
export async function readServerAnswer(server: Socket): Promise<ServerAnswer> {
  const framer = new Framer(opening);
  for (let chunk = await readChunk(server); chunk !== undefined; chunk = await readChunk(server)) {
    const answer = take(framer, chunk);
    if (answer !== undefined) return answer;
  }
  return { type: "gone" };
}

/** Undefined while the message is not whole. */
function take(framer: Framer, chunk: Uint8Array): ServerAnswer | undefined {
  try {
    framer.push(chunk);
    const frame = framer.next();
    return frame?.type === "message" ? classify(frame, concat(frame.bytes, framer.takeRest())) : undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return { type: "gone" };
    throw error;
  }
}

function classify(frame: MessageFrame, bytes: Uint8Array): ServerAnswer {
  if (frame.tag === BACKEND_TAG.ErrorResponse) return { type: "own", bytes };
  const { type } = decodeAuthentication(bodyOf(frame));
  return type === "AuthenticationOk" ? { type: "trusted", held: bytes } : { type: "own", bytes };
}
