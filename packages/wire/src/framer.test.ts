import fc from "fast-check";
import { expect, test } from "vitest";
import { joinAdjacent } from "./bytes.ts";
import { AUTHENTICATION_LIMIT, type FramePolicy, type FrameRule, LENGTH_LIMIT, type Piece } from "./frame.ts";
import { Framer } from "./framer.ts";
import { ASSEMBLE, drain, embedded, FUZZ_RUNS, oneByOne } from "./test-support/frames.ts";

const DATA_ROW = 0x44;
const STREAM: FrameRule = { type: "stream" };

/** Rows are streamed, the rest assembled. */
const relay: FramePolicy = { kind: "typed", rule: (tag) => (tag === DATA_ROW ? STREAM : ASSEMBLE) };
const assembling: FramePolicy = { kind: "typed", rule: () => ASSEMBLE };
const startup: FramePolicy = { kind: "startup" };

function message(tag: number, body: Uint8Array | number = 0): Uint8Array {
  const bytes = typeof body === "number" ? new Uint8Array(body).fill(tag) : body;
  return Buffer.concat([header(tag, bytes.length + 4), bytes]);
}

function header(tag: number, length: number): Uint8Array {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt8(tag);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

const joined = (pieces: readonly Piece[]) => Buffer.concat(pieces.map((piece) => piece.bytes));
const rowsIn = (pieces: readonly Piece[]) =>
  pieces.reduce((sum, piece) => sum + (piece.type === "span" ? piece.frames : 0), 0);

test("frames that lie in one chunk are views on it", () => {
  const chunk = Buffer.concat([message(0x51, 7), message(0x53)]);
  const pieces = drain(new Framer(assembling), [chunk]);
  expect(pieces.map((piece) => piece.bytes.length)).toEqual([12, 5]);
  for (const { bytes } of pieces) expect(bytes.buffer).toBe(chunk.buffer);
});

test("a run of streamed frames of one tag is one view, and its frames are counted", () => {
  const rows = Array.from({ length: 1000 }, (_, size) => message(DATA_ROW, size % 7));
  const chunk = Buffer.concat([message(0x54, 30), ...rows, message(0x43, 9)]);
  const pieces = drain(new Framer(relay), [chunk]);
  expect(pieces.map((piece) => piece.type)).toEqual(["message", "span", "message"]);
  expect(pieces[1]).toMatchObject({ tag: DATA_ROW, frames: 1000, open: false });
  expect(pieces[1]?.bytes.buffer).toBe(chunk.buffer);
});

test("a streamed frame is passed on as it comes, and is open until its last byte", () => {
  const framer = new Framer(relay);
  const chunks = [header(DATA_ROW, 4 + 250), new Uint8Array(100), new Uint8Array(100), new Uint8Array(50)];
  expect(drain(framer, chunks)).toMatchObject([
    { frames: 0, open: true },
    { frames: 0, open: true },
    { frames: 0, open: true },
    { frames: 1, open: false },
  ]);
});

test("any split of any stream gives the same bytes, frames and counts", () => {
  const frame = fc.tuple(fc.constantFrom(DATA_ROW, DATA_ROW, 0x43, 0x5a), fc.integer({ min: 0, max: 60 }));
  const cuts = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 60 });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 30 }), cuts, (frames, cuts) => {
      const stream = Buffer.concat(frames.map(([tag, size]) => message(tag, size)));
      const pieces = drain(new Framer(relay), chunksOf(stream, cuts));
      expect(joined(pieces)).toEqual(stream);
      expect(rowsIn(pieces)).toBe(frames.filter(([tag]) => tag === DATA_ROW).length);
      const whole = pieces.filter((piece) => piece.type === "message").map((piece) => piece.bytes.length - 5);
      expect(whole).toEqual(frames.filter(([tag]) => tag !== DATA_ROW).map(([, size]) => size));
    }),
    { numRuns: FUZZ_RUNS },
  );
});

function chunksOf(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  let at = 0;
  const chunks = cuts.map((size) => bytes.subarray(at, (at += size)));
  return [...chunks, bytes.subarray(at)];
}

test("a streamed frame whose header the chunk breaks off is not measured before the header is whole", () => {
  const stream = Buffer.concat([message(DATA_ROW, 3), message(DATA_ROW, 0x010203), message(DATA_ROW, 3)]);
  for (let cut = 8; cut <= 14; cut += 1) {
    const pieces = drain(new Framer(relay), [stream.subarray(0, cut), stream.subarray(cut)]);
    expect(joined(pieces).equals(stream)).toBe(true);
    expect(rowsIn(pieces)).toBe(3);
  }
});

test("parts never reach into the next frame, and say where in theirs they are", () => {
  const policy: FramePolicy = { kind: "typed", rule: () => ({ type: "parts", limit: LENGTH_LIMIT }) };
  const stream = Buffer.concat([message(0x51, 6), message(0x51, 3), message(0x42, 0)]);
  const edges = [0, 11, 19, 24];
  for (let cut = 0; cut <= stream.length; cut += 1) {
    const pieces = drain(new Framer(policy), [stream.subarray(0, cut), stream.subarray(cut)]);
    expect(joined(pieces)).toEqual(stream);
    let at = 0;
    for (const piece of pieces) {
      const start = edges.findLast((edge) => edge <= at) ?? 0;
      const total = (edges.find((edge) => edge > at) ?? 0) - start;
      expect(piece).toMatchObject({ type: "part", offset: at - start, total });
      at += piece.bytes.length;
    }
  }
});

test("a frame in parts above its limit is refused from its header", () => {
  const framer = new Framer({ kind: "typed", rule: () => ({ type: "parts", limit: 100 }) });
  framer.push(header(0x51, 101));
  expect(() => framer.next()).toThrow(expect.objectContaining({ code: "message.too_long" }));
});

test("a span says truly whether a frame is open, wherever the cut", () => {
  const stream = Buffer.concat([message(DATA_ROW, 6), message(DATA_ROW, 3)]);
  const edges = [11, 19];
  for (let cut = 1; cut < stream.length; cut += 1) {
    const framer = new Framer(relay);
    let seen = 0;
    for (const piece of drain(framer, [stream.subarray(0, cut), stream.subarray(cut)])) {
      seen += piece.bytes.length;
      expect(piece.type === "span" && piece.open).toBe(!edges.includes(seen));
    }
  }
});

test("pieces of a view into a bigger buffer hold nothing else of it", () => {
  const stream = Buffer.concat([message(0x51, 7), message(DATA_ROW, 3), message(DATA_ROW, 3)]);
  expect(joined(drain(new Framer(relay), [embedded(stream)]))).toEqual(stream);
});

test("adjacent pieces of one chunk join into one view", () => {
  const chunk = Buffer.concat([message(0x32), message(DATA_ROW, 3), message(0x43, 9)]);
  const pieces = drain(new Framer(relay), [chunk]).map((piece) => piece.bytes);
  const all = pieces.reduce((left, right) => joinAdjacent(left, right) ?? new Uint8Array(0));
  expect(Buffer.from(all)).toEqual(chunk);
  expect(joinAdjacent(Uint8Array.of(1), Uint8Array.of(2))).toBeUndefined();
  expect(joinAdjacent(chunk.subarray(0, 2), chunk.subarray(3))).toBeUndefined();
});

test.each([0, 1, 2, 3])("length %d, below its own size, is refused", (length) => {
  for (const policy of [assembling, relay]) {
    const framer = new Framer(policy);
    framer.push(header(DATA_ROW, length));
    expect(() => framer.next()).toThrow(expect.objectContaining({ code: "length.invalid" }));
  }
});

test.each([LENGTH_LIMIT + 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff])(
  "length %d is refused, streamed or not",
  (length) => {
    for (const policy of [assembling, relay]) {
      const framer = new Framer(policy);
      framer.push(header(DATA_ROW, length));
      expect(() => framer.next()).toThrow(expect.objectContaining({ code: "message.too_long" }));
    }
  },
);

test("a frame above its rule's limit is refused from its header, one at the limit is taken", () => {
  const policy: FramePolicy = {
    kind: "typed",
    rule: () => ({ type: "assemble", limit: AUTHENTICATION_LIMIT }),
  };
  expect(drain(new Framer(policy), [message(0x70, AUTHENTICATION_LIMIT - 4)])).toHaveLength(1);
  const framer = new Framer(policy);
  framer.push(header(0x70, AUTHENTICATION_LIMIT + 1));
  expect(() => framer.next()).toThrow(expect.objectContaining({ code: "message.too_long" }));
});

test("a bad frame behind a good run does not take the run with it", () => {
  const framer = new Framer(relay);
  framer.push(Buffer.concat([message(DATA_ROW, 3), message(DATA_ROW, 3), header(DATA_ROW, 3)]));
  expect(framer.next()).toMatchObject({ type: "span", frames: 2, open: false });
  expect(() => framer.next()).toThrow(expect.objectContaining({ code: "length.invalid" }));
});

test("what was refused stays refused, also across chunks", () => {
  const refused = expect.objectContaining({ code: "tag.refused" });
  const policy: FramePolicy = { kind: "typed", rule: () => ({ type: "refuse" }) };
  for (const cut of [0, 1, 2, 3, 4]) {
    const framer = new Framer(policy);
    const bytes = message(0x46, 8);
    drain(framer, [bytes.subarray(0, cut)]);
    framer.push(bytes.subarray(cut));
    expect(() => framer.next()).toThrow(refused);
    expect(() => framer.next()).toThrow(refused);
  }
});

test.each([0, 4, 7, 10_001, 0x1603_0100, 0xffff_ffff])("start-up length %d is refused", (length) => {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(length);
  for (const chunks of [[bytes], oneByOne(bytes)]) {
    expect(() => drain(new Framer(startup), chunks)).toThrow(
      expect.objectContaining({ code: length < 8 ? "length.invalid" : "message.too_long" }),
    );
  }
});

test("a typed frame with tag 0 never passes for a start-up packet", () => {
  expect(drain(new Framer(assembling), [message(0, 4)])).toMatchObject([{ type: "message", tag: 0 }]);
});

test("the policy is asked anew for every frame", () => {
  const framer = new Framer(startup);
  const opening = Buffer.from([0, 0, 0, 8, 0, 3, 0, 0]);
  framer.push(Buffer.concat([opening, message(0x51, 3)]));
  expect(framer.next()).toMatchObject({ type: "startup" });
  framer.use(assembling);
  expect(framer.next()).toMatchObject({ type: "message", tag: 0x51 });
  expect(framer.next()).toBeUndefined();
});

test("a frame that began under one policy ends under it", () => {
  const framer = new Framer(startup);
  drain(framer, [Uint8Array.of(0, 0, 0, 8, 0)]);
  framer.use(assembling);
  framer.push(Uint8Array.of(3, 0, 0));
  expect(framer.next()).toMatchObject({ type: "startup" });
});

test("a promised gigabyte allocates nothing", () => {
  const policy: FramePolicy = { kind: "typed", rule: () => ({ type: "assemble", limit: LENGTH_LIMIT }) };
  const before = process.memoryUsage().arrayBuffers;
  const framers = Array.from({ length: 100 }, () => {
    const framer = new Framer(policy);
    drain(framer, [header(0x51, LENGTH_LIMIT), new Uint8Array(100)]);
    return framer;
  });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
  expect(framers).toHaveLength(100);
});

test("a frame sent byte by byte is assembled in proportion to its size", () => {
  const bytes = message(0x51, 60_000);
  const [frame] = drain(new Framer(assembling), oneByOne(bytes));
  expect(Buffer.from(frame?.bytes ?? [])).toEqual(bytes);
  expect(frame?.bytes.buffer.byteLength).toBe(bytes.length);
});

test("an assembled frame does not change when its chunks are reused", () => {
  const bytes = message(0x51, 40);
  const chunk = Uint8Array.from(bytes);
  const framer = new Framer(assembling);
  drain(framer, [chunk.subarray(0, 3)]);
  drain(framer, [chunk.subarray(3, 20)]);
  chunk.fill(0, 0, 20);
  const [frame] = drain(framer, [chunk.subarray(20)]);
  expect(Buffer.from(frame?.bytes ?? [])).toEqual(bytes);
});

test("takeRest gives back every byte not yet shown, and only those", () => {
  const stream = Buffer.concat([message(0x51, 7), message(0x50, 9)]);
  for (let cut = 12; cut <= stream.length; cut += 1) {
    for (const split of [12, 14, 18]) {
      const framer = new Framer(assembling);
      const taken = stream.subarray(0, cut);
      const pieces = drain(framer, [taken.subarray(0, split), taken.subarray(split)]);
      expect(Buffer.concat([joined(pieces), framer.takeRest()])).toEqual(taken);
      expect(framer.takeRest()).toHaveLength(0);
    }
  }
});

test("takeRest leaves the unread part of a chunk uncopied", () => {
  const chunk = Buffer.concat([message(0x51, 7), Buffer.from("ClientHello")]);
  const framer = new Framer(assembling);
  framer.push(chunk);
  framer.next();
  const rest = framer.takeRest();
  expect(rest.buffer).toBe(chunk.buffer);
  expect(Buffer.from(rest).toString()).toBe("ClientHello");
  expect(framer.next()).toBeUndefined();
});

test("a chunk pushed on top of an unread one is a mistake of the owner", () => {
  const framer = new Framer(assembling);
  framer.push(message(0x53));
  expect(() => framer.push(message(0x53))).toThrow(/before next/);
});
