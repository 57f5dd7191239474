/** Hostile bytes, from both sides: the only thing they may cause is a ProtocolError. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { ProtocolError } from "./errors.ts";
import type { FramePolicy, Piece } from "./frame.ts";
import { Framer } from "./framer.ts";
import { decodeBackend, encodeBackend } from "./messages/backend.ts";
import { decodeFrontend, encodeFrontend } from "./messages/frontend.ts";
import { collectPassword } from "./startup/password.ts";
import { opening } from "./startup/phase.ts";
import { step } from "./startup/step.ts";
import { backendMessage, frontendMessage } from "./test-support/arbitrary.ts";
import { FUZZ_RUNS } from "./test-support/frames.ts";

const RESPONSES = ["PasswordMessage", "SASLInitialResponse", "SASLResponse", "GSSResponse"] as const;

const policies: readonly FramePolicy[] = [
  { kind: "startup" },
  { kind: "typed", rule: () => ({ type: "assemble", limit: 10_000 }) },
  { kind: "typed", rule: (tag) => (tag % 2 === 0 ? { type: "stream" } : { type: "assemble", limit: 100 }) },
  { kind: "typed", rule: (tag) => (tag < 0x20 ? { type: "refuse" } : { type: "stream" }) },
  { kind: "typed", rule: () => ({ type: "parts", limit: 10_000 }) },
];

/** Runs `attack`, swallows the one error that it may throw. */
function survive(attack: () => void): void {
  try {
    attack();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
}

function decodeAllWays(piece: Piece): void {
  if (piece.type === "span" || piece.type === "part") return;
  for (const response of RESPONSES) survive(() => decodeFrontend(piece, response));
  if (piece.type === "message") survive(() => decodeBackend(piece));
}

/** Feeds the bytes in chunks to every reader we have. Memory is bounded by what came: no piece is longer than that. */
function attackFramer(bytes: Uint8Array, size: number): void {
  for (const policy of policies) {
    const framer = new Framer(policy);
    let given = 0;
    survive(() => {
      for (let at = 0; at < bytes.length; at += size) {
        framer.push(bytes.subarray(at, at + size));
        for (let piece = framer.next(); piece !== undefined; piece = framer.next()) {
          given += piece.bytes.length;
          decodeAllWays(piece);
        }
      }
    });
    expect(given + framer.takeRest().length).toBeLessThanOrEqual(bytes.length);
  }
}

/** Start-up never throws: whatever comes, its answer is a phase and effects. */
function attackStartup(bytes: Uint8Array, size: number): void {
  for (const tls of ["required", "accepted", "declined"] as const) {
    let phase = opening(tls);
    for (let at = 0; at < bytes.length && phase.type !== "over"; at += size) {
      ({ phase } = step(phase, { type: "data", bytes: bytes.subarray(at, at + size) }));
      if (phase.type === "plain" || phase.type === "secure")
        expect(phase.unread.length).toBeLessThanOrEqual(10_000);
    }
  }
  collectPassword(new Uint8Array(0), bytes);
}

function attack(bytes: Uint8Array, size: number): void {
  attackFramer(bytes, size);
  attackStartup(bytes, size);
}

const message = fc.oneof(frontendMessage.map(encodeFrontend), backendMessage.map(encodeBackend));
const chunkSize = fc.constantFrom(1, 2, 3, 7, 64, 1 << 20);

test("random bytes cause a ProtocolError at worst", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), chunkSize, (bytes, size) => {
      expect(() => attack(bytes, size)).not.toThrow();
    }),
    { numRuns: FUZZ_RUNS },
  );
});

test("valid messages with bytes changed, cut out or put in cause a ProtocolError at worst", () => {
  const edit = fc.record({
    at: fc.nat({ max: 300 }),
    remove: fc.nat({ max: 3 }),
    insert: fc.uint8Array({ maxLength: 3 }),
  });
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 4 }),
      fc.array(edit, { maxLength: 4 }),
      chunkSize,
      (messages, edits, size) => {
        const bytes = Array.from(Buffer.concat(messages));
        for (const { at, remove, insert } of edits) bytes.splice(at % bytes.length, remove, ...insert);
        expect(() => attack(Uint8Array.from(bytes), size)).not.toThrow();
      },
    ),
    { numRuns: FUZZ_RUNS },
  );
});

test("lying lengths, outside and inside a message, cause a ProtocolError at worst", () => {
  const lie = fc.oneof(
    fc.constantFrom(0, 1, 3, 4, 5, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff),
    fc.integer({ min: 0, max: 0xffff_ffff }),
  );
  fc.assert(
    fc.property(message, lie, fc.nat({ max: 40 }), chunkSize, (message, lie, offset, size) => {
      const bytes = Buffer.from(message);
      if (bytes.length < 4) return;
      bytes.writeUInt32BE(lie, offset % (bytes.length - 3));
      expect(() => attack(bytes, size)).not.toThrow();
    }),
    { numRuns: FUZZ_RUNS },
  );
});

test("a stream of messages comes out as the same messages, never more, never others", () => {
  fc.assert(
    fc.property(fc.array(backendMessage, { maxLength: 12 }), chunkSize, (messages, size) => {
      const stream = Buffer.concat(messages.map(encodeBackend));
      const framer = new Framer({ kind: "typed", rule: () => ({ type: "assemble", limit: 1 << 20 }) });
      const decoded = [];
      for (let at = 0; at < stream.length; at += size) {
        framer.push(stream.subarray(at, at + size));
        for (let piece = framer.next(); piece !== undefined; piece = framer.next()) {
          if (piece.type === "message") decoded.push(encodeBackend(decodeBackend(piece)));
        }
      }
      expect(Buffer.concat(decoded)).toEqual(stream);
      expect(decoded).toHaveLength(messages.length);
    }),
    { numRuns: FUZZ_RUNS },
  );
});
