import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CancelKey } from "./messages.ts";
import { runQuery } from "./query.ts";

const target = { database: "aurora", db_user: "alice", db_name: "postgres" };

let folder: string;
let server: Server | undefined;
let cancelled: CancelKey[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-query-"));
  cancelled = [];
});
afterEach(() => {
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Stands where the tunnel's socket stands. */
async function startServer(handle: (socket: Socket) => void): Promise<void> {
  server = createServer((socket) => handle(socket.on("error", () => undefined)));
  await once(server.listen(join(folder, ".s.PGSQL.5432")), "listening");
}

const run = (ending = new AbortController().signal) => {
  const cancel = (key: CancelKey) => Promise.resolve(void cancelled.push(key));
  return runQuery({ folder, port: 5432, cancel }, target, "select 1", ending);
};

const message = (type: string, ...parts: (string | number)[]) => {
  const body = Buffer.concat(
    parts.map((part) => {
      if (typeof part === "string") return Buffer.from(part);
      const field = Buffer.alloc(4);
      field.writeInt32BE(part);
      return field;
    }),
  );
  const head = Buffer.from(`${type}\0\0\0\0`);
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
};

/** AuthenticationOk, BackendKeyData, ReadyForQuery. */
const welcome = Buffer.concat([message("R", 0), message("K", 7, 9), message("Z", "I")]);

test("an ErrorResponse is thrown with all that it says", async () => {
  const refusal = message("E", "SFATAL\0C28000\0Mno access\0Dwhy\0Hdo\0\0");
  await startServer((socket) => socket.once("data", () => socket.end(refusal)));
  await expect(run()).rejects.toMatchObject({
    name: "Error",
    message: "no access",
    sqlstate: "28000",
    detail: "why",
    hint: "do",
  });
});

test("a server that goes without a word is an error", async () => {
  await startServer((socket) => socket.once("data", () => socket.end()));
  await expect(run()).rejects.toBeInstanceOf(Error);
});

describe("ended", () => {
  test("while it connects, it is over", async () => {
    const ending = new AbortController();
    await startServer(() => ending.abort());
    await expect(run(ending.signal)).rejects.toBeInstanceOf(Error);
    expect(cancelled).toEqual([]);
  });

  test("while a statement runs, the statement is cancelled, and a server that doesn't care is left", async () => {
    const ending = new AbortController();
    let ended: Promise<unknown> = Promise.resolve();
    await startServer((socket) => {
      ended = once(socket, "close");
      socket.once("data", () => {
        socket.write(welcome);
        socket.once("data", () => ending.abort()); // the statement
      });
    });
    const started = performance.now();
    await expect(run(ending.signal)).rejects.toBeInstanceOf(Error);
    expect(cancelled).toEqual([{ processId: 7, secretKey: 9 }]);
    expect(performance.now() - started).toBeLessThan(10_000);
    await ended;
  });

  test("before it connects, it doesn't", async () => {
    let connections = 0;
    await startServer(() => connections++);
    await expect(run(AbortSignal.abort())).rejects.toHaveProperty("name", "AbortError");
    expect(connections).toBe(0);
  });
});
