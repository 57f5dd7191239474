/** The bytes of `test/vectors`, most of them recorded: read, and written again the same. */
import { describe, expect, test } from "vitest";
import type { FramePolicy } from "./frame.ts";
import { Framer } from "./framer.ts";
import { BACKEND_TAG } from "./messages/backend/tag.ts";
import { type BackendMessage, decodeBackend, encodeBackend } from "./messages/backend.ts";
import { FRONTEND_TAG } from "./messages/frontend/tag.ts";
import { decodeFrontend, encodeFrontend, type FrontendMessage } from "./messages/frontend.ts";
import { ASSEMBLE, embedded, oneByOne, responseType, splitEverywhere } from "./test-support/frames.ts";
import { toJson, VECTORS, type Vector } from "./test-support/vector.ts";

const typed: FramePolicy = { kind: "typed", rule: () => ASSEMBLE };

/** The messages in the chunks; typed frames follow the first StartupMessage. */
function decode({ headers }: Vector, chunks: readonly Uint8Array[]): (FrontendMessage | BackendMessage)[] {
  const framer = new Framer(headers.get("packet") === "startup" ? { kind: "startup" } : typed);
  const response = responseType(headers.get("response") ?? "");
  const messages: (FrontendMessage | BackendMessage)[] = [];
  for (const chunk of chunks) {
    framer.push(chunk);
    for (let piece = framer.next(); piece !== undefined; piece = framer.next()) {
      if (piece.type === "span" || piece.type === "part") throw new Error("nothing is streamed here");
      const isBackends = headers.get("direction") === "backend";
      const message =
        isBackends && piece.type === "message" ? decodeBackend(piece) : decodeFrontend(piece, response);
      if (message.type === "StartupMessage") framer.use(typed);
      messages.push(message);
    }
  }
  expect(framer.takeRest()).toHaveLength(0);
  return messages;
}

function encode({ headers }: Vector, messages: readonly (FrontendMessage | BackendMessage)[]): string {
  const encodeOne = headers.get("direction") === "backend" ? encodeBackend : encodeFrontend;
  // Each message came from the decoder of its direction.
  const parts = messages.map((message) => encodeOne(message as BackendMessage & FrontendMessage));
  return Buffer.concat(parts).toString("hex");
}

function cutsOf(bytes: Uint8Array): Uint8Array[][] {
  return [[bytes], [embedded(bytes)], oneByOne(bytes), ...splitEverywhere(bytes)];
}

const withHeader = (header: string) => VECTORS.filter(({ headers }) => headers.has(header));

describe("a recorded or written message", () => {
  test.each(withHeader("message"))("$name", (vector) => {
    const expected: unknown = JSON.parse(vector.headers.get("message") ?? "");
    for (const chunks of cutsOf(vector.bytes)) expect(toJson(decode(vector, chunks))).toEqual([expected]);
    expect(encode(vector, decode(vector, [vector.bytes]))).toBe(Buffer.from(vector.bytes).toString("hex"));
  });

  test("is there for every tag of both directions", () => {
    const tagsOf = (direction: string) =>
      withHeader("message")
        .filter(
          ({ headers }) => headers.get("direction") === direction && headers.get("packet") === undefined,
        )
        .map(({ bytes }) => bytes[0]);
    expect(new Set(tagsOf("frontend"))).toEqual(new Set(Object.values(FRONTEND_TAG)));
    expect(new Set(tagsOf("backend"))).toEqual(new Set(Object.values(BACKEND_TAG)));
  });
});

describe("a recorded stream", () => {
  test.each(withHeader("messages"))("$name", (vector) => {
    const expected = vector.headers.get("messages")?.split(" ");
    for (const chunks of cutsOf(vector.bytes)) {
      const messages = decode(vector, chunks);
      expect(messages.map((message) => message.type)).toEqual(expected);
      expect(encode(vector, messages)).toBe(Buffer.from(vector.bytes).toString("hex"));
    }
  });
});

describe("a broken message", () => {
  test.each(withHeader("error"))("$name", (vector) => {
    const error = expect.objectContaining({ name: "ProtocolError", code: vector.headers.get("error") });
    for (const chunks of cutsOf(vector.bytes)) expect(() => decode(vector, chunks)).toThrow(error);
  });
});
