import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { Outbox } from "./outbox.ts";

function stream(highWaterMark = 1_000): { sink: Writable; written: Buffer[] } {
  const written: Buffer[] = [];
  const sink = new Writable({ highWaterMark, write: (chunk: Buffer) => void written.push(chunk) });
  return { sink, written };
}

test("neighbours in one buffer leave in one write, by reference", () => {
  const { sink, written } = stream();
  const outbox = new Outbox(sink);
  const chunk = Buffer.from("abcdef");
  outbox.push(chunk.subarray(0, 2));
  outbox.push(chunk.subarray(2, 5));
  expect(written).toEqual([]);
  expect(outbox.flush()).toBe(true);
  expect(written.map(String)).toEqual(["abcde"]);
  expect(written[0]?.buffer).toBe(chunk.buffer);
});

test("a stream that has enough is told of", () => {
  const { sink } = stream(4);
  const outbox = new Outbox(sink);
  outbox.push(Buffer.from("abcdef"));
  expect(outbox.flush()).toBe(false);
  expect(outbox.flush()).toBe(false);
});

test("nothing is written to a stream that has ended", () => {
  const { sink, written } = stream();
  const outbox = new Outbox(sink);
  sink.end();
  outbox.push(Buffer.from("a"));
  outbox.flush();
  expect(written).toEqual([]);
});
