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

/** Without a tag, or running to the end that the length tells: cut or longer, they may be valid again. */
const OPEN_ENDED =
  /^(CopyData|SASLResponse|GSSResponse|\w+Continue|\w+Final|BackendKeyData|SSLRequest|GSSENCRequest|CancelRequest|StartupMessage)$/;

test("no message is valid cut short or followed by a byte, unless it is open-ended", () => {
  const protocolError = expect.objectContaining({ name: "ProtocolError" });
  fc.assert(
    fc.property(frontendMessage, backendMessage, (frontend, backend) => {
      for (const broken of brokenFrom(frontend.type, encodeFrontend(frontend))) {
        expect(() => frontendFrom(frontend, [broken])).toThrow(protocolError);
      }
      for (const broken of brokenFrom(backend.type, encodeBackend(backend))) {
        expect(() => backendFrom([broken])).toThrow(protocolError);
      }
    }),
    { numRuns: FUZZ_RUNS },
  );
});

function brokenFrom(type: string, bytes: Uint8Array): Uint8Array[] {
  if (OPEN_ENDED.test(type)) return [];
  const long = relength(Buffer.concat([bytes, Uint8Array.of(7)]));
  return bytes.length > 5 ? [long, relength(bytes.subarray(0, -1))] : [long];
}

/** The same typed message with a length that fits its bytes. */
function relength(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  copy.writeUInt32BE(copy.length - 1, 1);
  return copy;
}
