import { CString } from "@postern/wire/cstring";
import { errorResponse } from "@postern/wire/error-response";
import { ProtocolError } from "@postern/wire/errors";
import type { MessageFrame } from "@postern/wire/frame";
import { type BackendMessage, encodeBackend } from "@postern/wire/messages/backend";
import { expect, test } from "vitest";
import type { Expectation } from "./expectation.ts";
import { ReplyQueue } from "./reply-queue.ts";

const frame = (message: BackendMessage): MessageFrame => {
  const bytes = encodeBackend(message);
  return { type: "message", tag: bytes[0] ?? 0, bytes };
};

const complete = (tag: string): BackendMessage => ({ type: "CommandComplete", tag: CString.from(tag) });
const ready: BackendMessage = { type: "ReadyForQuery", status: "idle" };
const failed: BackendMessage = errorResponse({ severity: "ERROR", code: "42601", message: "syntax error" });
const copyIn: BackendMessage = { type: "CopyInResponse", format: 0, columnFormats: [] };

/** Names each message and tells what was heard of it. */
function listen() {
  const queue = new ReplyQueue();
  const heard: string[] = [];
  const expect = (kind: Exclude<Expectation["kind"], "answer">, name: string = kind): void =>
    queue.expect({ kind, listener: { onReply: (event) => heard.push(`${name} ${event.type}`) } });
  const reply = (...messages: BackendMessage[]): void => {
    for (const message of messages) queue.reply(frame(message));
  };
  return { queue, heard, expect, reply };
}

test("each reply is told to the message that asked for it", () => {
  const { heard, expect: send, reply, queue } = listen();
  for (const kind of ["parse", "bind", "describe", "execute", "close", "sync"] as const) send(kind);
  reply({ type: "ParseComplete" }, { type: "BindComplete" }, { type: "NoData" }, complete("BEGIN"));
  reply({ type: "CloseComplete" }, ready);
  expect(heard).toEqual([
    "parse completed",
    "bind completed",
    "describe completed",
    "execute completed",
    "close completed",
    "sync ready",
  ]);
  expect(queue.isIdle).toBe(true);
});

test("a query is answered as often as it has statements, until the server is ready", () => {
  const { heard, expect: send, reply } = listen();
  send("query");
  reply(complete("SELECT 1"), complete("SELECT 1"), failed, ready);
  expect(heard).toEqual(["query completed", "query completed", "query failed", "query ready"]);
});

test("an error drops what follows it up to the Sync, those already sent and those still to come", () => {
  const { heard, expect: send, reply, queue } = listen();
  send("parse", "first");
  send("execute", "second");
  reply(failed);
  expect(queue.isSkipping).toBe(true);
  send("bind", "third");
  send("query", "fourth");
  send("sync");
  reply(ready);
  expect(heard).toEqual(["second skipped", "first failed", "third skipped", "fourth skipped", "sync ready"]);
});

test("what was sent behind the Sync of a failed run is not dropped, though the server isn't ready yet", () => {
  const { heard, expect: send, reply, queue } = listen();
  send("parse", "first");
  send("sync");
  reply(failed);
  expect(queue.isSkipping).toBe(false);
  send("execute", "second");
  send("sync");
  reply(ready, complete("SELECT 1"), ready);
  expect(heard).toEqual(["first failed", "sync ready", "second completed", "sync ready"]);
});

/** A statement that may copy. */
const decisive = (kind: "execute" | "query") =>
  ({ kind, listener: { isDecisive: true, onReply: () => undefined } }) as const;

test("what stands behind an Execute that may copy is undecided until it copies, or is answered", () => {
  const { queue, expect: send, reply } = listen();
  queue.expect(decisive("execute"));
  expect(queue.isUndecided).toBe(true);
  reply(copyIn);
  expect([queue.isUndecided, queue.isCopyingIn]).toEqual([false, true]);
  send("copy_end");
  expect([queue.isUndecided, queue.isCopyingIn]).toEqual([false, false]);
  reply(complete("COPY 1"));
  queue.expect(decisive("execute"));
  reply(failed);
  expect([queue.isUndecided, queue.isSkipping]).toEqual([false, true]);
});

test("a Query may copy again, until the server is ready", () => {
  const { queue, expect: send, reply } = listen();
  queue.expect(decisive("query"));
  reply(copyIn);
  expect(queue.isUndecided).toBe(false);
  send("copy_end");
  expect(queue.isUndecided).toBe(true);
  reply(complete("COPY 1"), copyIn);
  expect([queue.isUndecided, queue.isCopyingIn]).toEqual([false, true]);
  reply(failed);
  expect([queue.isUndecided, queue.isCopyingIn]).toEqual([true, false]);
  reply(ready);
  expect(queue.isUndecided).toBe(false);
});

test("a pipeline is full some time", () => {
  const { queue, expect: send } = listen();
  while (!queue.isFull) send("bind");
  expect(queue.isIdle).toBe(false);
});

test("the end of a COPY that failed is no matter", () => {
  const { heard, expect: send, reply, queue } = listen();
  send("query", "copy");
  reply(copyIn, failed, ready);
  send("copy_end");
  send("query", "next");
  reply(complete("SELECT 1"), ready);
  expect(heard).toEqual(["copy failed", "copy ready", "next completed", "next ready"]);
  expect(queue.isIdle).toBe(true);
});

test("an answer of ours waits for its turn", () => {
  const { queue, expect: send, reply } = listen();
  send("query");
  queue.expect({ kind: "answer", listener: undefined, reply: Uint8Array.of(1) });
  expect(queue.takeAnswers()).toEqual([]);
  reply(complete("SELECT 1"), ready);
  expect(queue.takeAnswers()).toEqual([Uint8Array.of(1)]);
});

test("an answer that nobody asked for is a broken server", () => {
  const { expect: send, reply } = listen();
  expect(() => reply({ type: "ParseComplete" })).toThrow(ProtocolError);
  send("bind");
  expect(() => reply({ type: "ParseComplete" })).toThrow(ProtocolError);
  expect(() => reply(ready)).toThrow(ProtocolError);
  expect(() => listen().reply(ready)).toThrow(ProtocolError);
});

test("an error that ends the session is kept", () => {
  const { queue, reply } = listen();
  reply(errorResponse({ severity: "FATAL", code: "57P01", message: "terminating connection" }));
  expect(queue.fatal).toBeDefined();
});

test("a message fails once, though an error that ends the session may follow its own", () => {
  const fatal = errorResponse({ severity: "FATAL", code: "08P01", message: "synchronization was lost" });
  const simple = listen();
  simple.expect("query");
  simple.reply(failed, fatal);
  expect(simple.heard).toEqual(["query failed"]);
  const extended = listen();
  extended.expect("execute");
  extended.expect("sync");
  extended.reply(failed, fatal);
  expect(extended.heard).toEqual(["execute failed"]);
  expect(extended.queue.fatal).toBeDefined();
});
