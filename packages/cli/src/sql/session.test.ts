import type { TLSSocket } from "node:tls";
import { CString } from "@postern/wire/cstring";
import { errorResponse } from "@postern/wire/error-response";
import { type BackendMessage, encodeBackend } from "@postern/wire/messages/backend";
import { describe, expect, test, vi } from "vitest";
import { startProxy } from "../test-support/proxy.ts";
import { runAlone } from "./run-alone.ts";
import { SqlSession } from "./session.ts";
import type { Results } from "./statement.ts";

vi.spyOn(process.stderr, "write").mockReturnValue(true);

const target = { database: "aurora", db_user: "alice", db_name: "postgres" };

const welcome: BackendMessage[] = [
  { type: "AuthenticationOk" },
  { type: "BackendKeyData", processId: 7, secretKey: Uint8Array.of(0, 0, 0, 9) },
  { type: "ReadyForQuery", status: "idle" },
];
const text = (value: string) => CString.from(value);
const send = (socket: TLSSocket, ...messages: BackendMessage[]) =>
  socket.write(Buffer.concat(messages.map(encodeBackend)));

/** Welcomes, and answers what comes next by `answer`. */
const serving = (answer: (socket: TLSSocket, bytes: Buffer) => void) =>
  startProxy((socket) => {
    socket.once("data", () => {
      send(socket, ...welcome);
      socket.once("data", (bytes: Buffer) => answer(socket, bytes));
    });
  });

function record(): Results & { readonly seen: unknown[] } {
  const seen: unknown[] = [];
  const keep = (...what: unknown[]) => void seen.push(what.length === 1 ? what[0] : what);
  return {
    seen,
    columns: (columns) => keep(columns.map(({ name }) => name)),
    row: (row) => keep(row),
    complete: (tag) => keep(tag),
    copyOut: (data) => keep(Buffer.from(data).toString()),
    copyIn: () => "nothing",
  };
}

const never = new AbortController().signal;
const run = (source: Parameters<typeof runAlone>[0], ending = never, results: Results = record()) =>
  runAlone(source, target, { text: "select\n x" }, results, ending);

test("results come in their order", async () => {
  const source = await serving((socket) => {
    const field = {
      tableOid: 0,
      columnNumber: 0,
      dataTypeOid: 25,
      dataTypeSize: -1,
      typeModifier: -1,
      format: 0,
    };
    send(
      socket,
      { type: "RowDescription", fields: [{ ...field, name: text("a") }] },
      { type: "DataRow", values: [Buffer.from("é")] },
      { type: "DataRow", values: [null] },
      { type: "CommandComplete", tag: text("SELECT 2") },
      { type: "CommandComplete", tag: text("SET") },
      { type: "ReadyForQuery", status: "transaction" },
    );
  });
  const results = record();
  const session = await SqlSession.open(source, target, {
    notice: () => undefined,
    notification: () => undefined,
  });
  await session.run({ text: "select" }, results);
  expect(results.seen).toEqual([["a"], ["é"], [null], "SELECT 2", "SET"]);
  expect(session.status).toBe("transaction");
  session.abandon();
});

test("a row that isn't taken makes the server wait", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let written = 0;
  const source = await serving((socket) => {
    const row = encodeBackend({ type: "DataRow", values: [Buffer.alloc(64 * 1024)] });
    const more = () => {
      while (written < 1_000) {
        written += 1;
        if (!socket.write(row)) return void socket.once("drain", more);
      }
      send(
        socket,
        { type: "CommandComplete", tag: text("SELECT 1000") },
        { type: "ReadyForQuery", status: "idle" },
      );
    };
    more();
  });
  let rows = 0;
  const results = { ...record(), row: () => (++rows === 1 ? promise : undefined) };
  const running = run(source, never, results);
  // The server writes until nothing more fits on the way, and no further.
  let before = -1;
  await vi.waitUntil(
    () => {
      const still = rows === 1 && written === before;
      before = written;
      return still;
    },
    { interval: 200, timeout: 20_000 },
  );
  expect(written).toBeLessThan(1_000);
  resolve();
  await running;
  expect(rows).toBe(1_000);
});

describe("refused", () => {
  const refusal = errorResponse({
    severity: "FATAL",
    code: "28000",
    message: "no access",
    detail: "why",
    hint: "do",
  });

  test("at the start, it says why", async () => {
    const source = await startProxy((socket) =>
      socket.once("data", () => socket.end(encodeBackend(refusal))),
    );
    await expect(run(source)).rejects.toMatchObject({
      message: "no access",
      sqlstate: "28000",
      detail: "why",
      hint: "do",
    });
  });

  test("a statement is marked where it is wrong, and the session goes on", async () => {
    const error = errorResponse({ severity: "ERROR", code: "42601", message: "syntax error" });
    const fields = [...error.fields, { letter: "P", value: text("9") }];
    const source = await serving((socket) =>
      send(socket, { ...error, fields }, { type: "ReadyForQuery", status: "failed" }),
    );
    await expect(run(source)).rejects.toMatchObject({
      sqlstate: "42601",
      excerpt: ["LINE 2:  x", "         ^"],
    });
  });

  test.each([
    ["without a word", (socket: TLSSocket) => void socket.end()],
    [
      "with a password that it wants",
      (socket: TLSSocket) => void send(socket, { type: "AuthenticationCleartextPassword" }),
    ],
    ["with what is no message", (socket: TLSSocket) => void socket.write("HTTP/1.1 400 Bad Request\r\n\r\n")],
    [
      "with a length that can't be",
      (socket: TLSSocket) => void socket.write(Buffer.from("Z\xff\xff\xff\xff", "latin1")),
    ],
  ])("%s, it is an error", async (_, answer) => {
    const source = await startProxy((socket) => socket.once("data", () => answer(socket)));
    await expect(run(source)).rejects.toBeInstanceOf(Error);
  });
});

describe("ended", () => {
  test("while it connects, it is over", async () => {
    const ending = new AbortController();
    const source = await startProxy(() => ending.abort());
    await expect(run(source, ending.signal)).rejects.toBeInstanceOf(Error);
  });

  test("while a statement runs, the statement is cancelled, and a server that doesn't care is left", async () => {
    const ending = new AbortController();
    const { promise: cancelled, resolve } = Promise.withResolvers<string>();
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    let connections = 0;
    const source = await startProxy((socket) => {
      connections += 1;
      if (connections === 2)
        return void socket.once("data", (bytes: Buffer) => resolve(bytes.toString("hex")));
      socket.once("close", leave);
      socket.once("data", () => {
        send(socket, ...welcome);
        socket.once("data", () => ending.abort());
      });
    });
    await expect(run(source, ending.signal)).rejects.toBeInstanceOf(Error);
    expect(await cancelled).toBe("0000001004d2162e0000000700000009");
    await left;
  });

  test("before it connects, it doesn't", async () => {
    let connections = 0;
    const source = await startProxy(() => (connections += 1));
    await expect(run(source, AbortSignal.abort())).rejects.toHaveProperty("name", "AbortError");
    expect(connections).toBe(0);
  });
});
