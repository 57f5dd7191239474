import { CString } from "@postern/wire/cstring";
import type { Part } from "@postern/wire/frame";
import { Framer } from "@postern/wire/framer";
import { encodeFrontend } from "@postern/wire/messages/frontend";
import { expect, test } from "vitest";
import type { Admission } from "../inspect/disposition.ts";
import { assertPossible, LargeMessage } from "./large-message.ts";

const query = encodeFrontend({ type: "Query", query: CString.from("select 1 /* and so on */") });

function partsOf(bytes: Uint8Array, size: number): Part[] {
  const framer = new Framer({ kind: "typed", rule: () => ({ type: "parts", limit: 1 << 20 }) });
  const parts: Part[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    framer.push(bytes.subarray(at, at + size));
    for (let piece = framer.next(); piece; piece = framer.next())
      if (piece.type === "part") parts.push(piece);
  }
  return parts;
}

/** Takes it all. @returns what left before the end, and the end */
function passOn(bytes: Uint8Array, size: number, admit: () => Admission) {
  const parts = partsOf(bytes, size);
  const [first] = parts;
  if (first === undefined) throw new Error("nothing to pass on");
  const large = new LargeMessage(first, { admit });
  const left: Uint8Array[] = [];
  for (const part of parts) {
    expect(large.finish()).toBeUndefined();
    large.take(part);
    while (large.mustWait()) expect(large.release()).toEqual([]);
    left.push(...large.release());
  }
  return { left: Buffer.concat(left), end: large.finish() };
}

test.each([1, 2, 3, 5, 6, 7, 1000])(
  "in pieces of %d bytes all but the last byte leaves, and that comes with the message",
  (size) => {
    const { left, end } = passOn(query, size, () => "pass");
    expect(left).toEqual(Buffer.from(query.subarray(0, -1)));
    expect(Buffer.from(end?.bytes ?? [])).toEqual(Buffer.from(query.subarray(-1)));
    expect(end?.message).toMatchObject({ type: "Query", text: { text: "select 1 /* and so on */" } });
  },
);

test("nothing leaves while it has to wait, and then everything that has come", () => {
  let asked = 0;
  const { left } = passOn(query, 1000, () => ((asked += 1) < 3 ? "wait" : "pass"));
  expect(left.length).toBe(query.length - 1);
});

test("of what is withheld nothing leaves, though it is read to its end", () => {
  const { left, end } = passOn(query, 3, () => "withhold");
  expect(left.length).toBe(0);
  expect(end).toMatchObject({ bytes: new Uint8Array(0), message: { type: "Query" } });
});

test("no inspector may change its mind when most of a message has left, or never will", () => {
  const { end: passed } = passOn(query, 3, () => "pass");
  const { end: withheld } = passOn(query, 3, () => "withhold");
  if (!passed || !withheld) throw new Error("read to no end");
  const answer = { type: "answer", reply: new Uint8Array(0) } as const;
  expect(() => assertPossible(passed, { type: "forward" })).not.toThrow();
  expect(() => assertPossible(passed, answer)).toThrow(/large message/);
  expect(() => assertPossible(withheld, answer)).not.toThrow();
  expect(() => assertPossible(withheld, { type: "forward" })).toThrow(/large message/);
});
