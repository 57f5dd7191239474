import fc from "fast-check";
import { expect, test } from "vitest";
import { backendMessage, frontendMessage } from "../test-support/arbitrary.ts";
import {
  embedded,
  FUZZ_RUNS,
  frameOf,
  isStartup,
  oneByOne,
  responseType,
  splitEverywhere,
} from "../test-support/frames.ts";
import { decodeBackend, encodeBackend } from "./backend.ts";
import { decodeFrontend, encodeFrontend, type FrontendMessage } from "./frontend.ts";

function frontendFrom(message: FrontendMessage, chunks: readonly Uint8Array[]): FrontendMessage {
  const frame = frameOf(isStartup(message) ? "startup" : "typed", chunks);
  return decodeFrontend(frame, responseType(message.type));
}

function backendFrom(chunks: readonly Uint8Array[]) {
  const frame = frameOf("typed", chunks);
  if (frame.type === "startup") throw new Error("a backend sends no start-up packet");
  return decodeBackend(frame);
}

test("every frontend message comes back as it was, and again as the same bytes", () => {
  fc.assert(
    fc.property(frontendMessage, (message) => {
      const bytes = encodeFrontend(message);
      const decoded = frontendFrom(message, [bytes]);
      expect(decoded).toEqual(message);
      expect(encodeFrontend(decoded)).toEqual(bytes);
    }),
    { numRuns: FUZZ_RUNS },
  );
});

test("every backend message comes back as it was, and again as the same bytes", () => {
  fc.assert(
    fc.property(backendMessage, (message) => {
      const bytes = encodeBackend(message);
      const decoded = backendFrom([bytes]);
      expect(decoded).toEqual(message);
      expect(encodeBackend(decoded)).toEqual(bytes);
    }),
    { numRuns: FUZZ_RUNS },
  );
});

test("a message means the same however it is cut, and wherever in a buffer it lies", () => {
  fc.assert(
    fc.property(frontendMessage, backendMessage, (frontend, backend) => {
      for (const chunks of cutsOf(encodeFrontend(frontend)))
        expect(frontendFrom(frontend, chunks)).toEqual(frontend);
      for (const chunks of cutsOf(encodeBackend(backend))) expect(backendFrom(chunks)).toEqual(backend);
    }),
    { numRuns: Math.ceil(FUZZ_RUNS / 30) },
  );
});

function cutsOf(bytes: Uint8Array): Uint8Array[][] {
  return [...splitEverywhere(bytes), oneByOne(bytes), [embedded(bytes)]];
}

test("no body is valid when cut short or followed by a byte, unless it runs to the message's end by design", () => {
  const open = /^(CopyData|SASLResponse|GSSResponse|.*Continue|.*Final|BackendKeyData|CancelRequest)$/;
  const short = (bytes: Uint8Array) => relength(bytes.subarray(0, -1));
  const long = (bytes: Uint8Array) => relength(Buffer.concat([bytes, Uint8Array.of(7)]));
  fc.assert(
    fc.property(backendMessage, (message) => {
      fc.pre(!open.test(message.type));
      const bytes = encodeBackend(message);
      const protocolError = expect.objectContaining({ name: "ProtocolError" });
      const broken = bytes.length > 5 ? [long(bytes), short(bytes)] : [long(bytes)];
      for (const each of broken) expect(() => backendFrom([each])).toThrow(protocolError);
    }),
    { numRuns: FUZZ_RUNS },
  );
});

/** The same typed message with a length that fits its bytes. */
function relength(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  copy.writeUInt32BE(copy.length - 1, 1);
  return copy;
}
