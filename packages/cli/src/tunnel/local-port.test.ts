import { once } from "node:events";
import { type AddressInfo, connect, createServer as createPlainServer } from "node:net";
import { buffer } from "node:stream/consumers";
import { Fault } from "@postern/core/fault";
import { errorField } from "@postern/wire/error-response";
import { Framer } from "@postern/wire/framer";
import { decodeBackend } from "@postern/wire/messages/backend";
import { encodeFrontend, type FrontendMessage } from "@postern/wire/messages/frontend";
import { cutPacket } from "@postern/wire/startup/packet";
import { describe, expect, test } from "vitest";
import type { CertificateSource } from "../credential/source.ts";
import { startProxy } from "../test-support/proxy.ts";
import { type LocalPort, withLocalPort } from "./local-port.ts";

const target = { database: "aurora", db_user: "alice", db_name: "postgres" };

/** Answers the first packet with itself, and ends. */
const echo = () =>
  startProxy((socket) => {
    socket.once("data", (chunk: Buffer) => socket.end(chunk));
  });

const startup = (parameters: Record<string, string>): FrontendMessage => ({
  type: "StartupMessage",
  version: { major: 3, minor: 2 },
  parameters: new Map(Object.entries(parameters)),
});

const nobody: CertificateSource = {
  get: () => Promise.reject(new Error("nobody was to be asked")),
  renew: () => Promise.reject(new Error("nobody was to be asked")),
};

/** Everything that comes back for the bytes. */
async function converse({ host, port }: LocalPort, ...bytes: Uint8Array[]): Promise<Buffer> {
  const socket = connect(port, host);
  socket.write(Buffer.concat(bytes));
  return await buffer(socket);
}

const open = <T>(source: CertificateSource, use: (port: LocalPort) => Promise<T>) =>
  withLocalPort(source, target, 0, use);

function refusalIn(bytes: Uint8Array): { code: string | undefined; message: string; hint: string } {
  const framer = new Framer({ kind: "typed", rule: () => ({ type: "assemble", limit: 10_000 }) });
  framer.push(bytes);
  const frame = framer.next();
  if (frame?.type !== "message") throw new Error("no message");
  const response = decodeBackend(frame);
  if (response.type !== "ErrorResponse") throw new Error(response.type);
  const [code, message = "", hint = ""] = ["C", "M", "H"].map((letter) => errorField(response, letter));
  return { code, message, hint };
}

describe("a client", () => {
  const good = { user: "alice", database: "postgres", application_name: "DBeaver" };

  test("that asks for the port's user and name reaches the proxy, with its own packet", async () => {
    const packet = encodeFrontend(startup(good));
    const answer = await open(await echo(), (port) => converse(port, packet));
    expect(answer).toEqual(Buffer.from(packet));
  });

  test.each([
    ["SSLRequest", { type: "SSLRequest" }],
    ["GSSENCRequest", { type: "GSSENCRequest" }],
  ] as const)(
    "that asks for encryption first (%s) is told that there is none, and goes on",
    async (_, request) => {
      const packet = encodeFrontend(startup(good));
      await open(await echo(), async ({ host, port }) => {
        const socket = connect(port, host);
        socket.write(encodeFrontend(request));
        const [answer] = (await once(socket, "data")) as [Buffer];
        expect(answer.toString()).toBe("N");
        socket.write(packet);
        expect(await buffer(socket)).toEqual(Buffer.from(packet));
      });
    },
  );

  test.each([
    ["another user", { user: "postgres", database: "postgres" }],
    ["another database", { user: "alice", database: "orders" }],
    ["no database, which means one by the user's name", { user: "alice" }],
  ])("that asks for %s is refused, and nobody is asked for it", async (_, parameters) => {
    const answer = await open(nobody, (port) => converse(port, encodeFrontend(startup(parameters))));
    expect(refusalIn(answer)).toMatchObject({
      code: "28000",
      hint: expect.stringContaining("db proxy") as string,
    });
  });

  test("is told when the login is over, and what to type", async () => {
    const over = new Fault("auth.expired", "the login is over", { hint: "postern login" });
    const source = { ...nobody, get: () => Promise.reject(over) };
    const answer = await open(source, (port) => converse(port, encodeFrontend(startup(good))));
    expect(refusalIn(answer)).toEqual({ code: "28000", message: "the login is over", hint: "postern login" });
  });

  test("can cancel what it runs", async () => {
    const request = {
      type: "CancelRequest",
      processId: 7,
      secretKey: Uint8Array.from({ length: 32 }, (_, index) => index),
    } as const;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const source = await startProxy((socket) => {
      socket.once("data", (chunk: Buffer) => {
        resolve(cutPacket(chunk)?.packet);
        socket.end();
      });
    });
    const answer = await open(source, (port) => converse(port, encodeFrontend(request)));
    expect(await promise).toMatchObject({ type: "CancelRequest", processId: 7 });
    expect(answer).toHaveLength(0);
  });

  test.each([
    ["a browser's form", "POST / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["a TLS handshake", "\x16\x03\x01\x02\x00"],
    ["a length that can't be", "\xff\xff\xff\xff\x00\x03\x00\x00"],
  ])("that speaks something else (%s) gets nothing, and nobody is asked for it", async (_, text) => {
    const answer = await open(nobody, (port) => converse(port, Buffer.from(text, "latin1")));
    expect(answer).toHaveLength(0);
  });
});

test("many clients at once each get their own", async () => {
  const source = await startProxy((socket) => socket.pipe(socket));
  await open(source, async ({ host, port }) => {
    const first = encodeFrontend(startup({ user: "alice", database: "postgres" }));
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const socket = connect(port, host);
        const text = Buffer.alloc(100_000, String(index));
        socket.write(first);
        socket.write(text);
        const expected = Buffer.concat([first, text]);
        const chunks: Buffer[] = [];
        for await (const chunk of socket) {
          chunks.push(chunk as Buffer);
          if (chunks.reduce((sum, { length }) => sum + length, 0) >= expected.length) break;
        }
        return Buffer.concat(chunks).equals(expected);
      }),
    );
    expect(answers).toEqual(Array.from({ length: 50 }, () => true));
  });
});

test("at the end the port is closed, and with it every connection", async () => {
  const source = await startProxy((socket) => socket.resume());
  let socket = connect(1);
  socket.destroy();
  let closed: Promise<unknown> = Promise.resolve();
  const { host, port } = await open(source, async (listening) => {
    socket = connect(listening.port, listening.host).on("error", () => undefined);
    closed = new Promise((resolve) => socket.once("close", resolve));
    await once(socket, "connect");
    socket.write(encodeFrontend(startup({ user: "alice", database: "postgres" })));
    return listening;
  });
  await closed;
  const again = connect(port, host);
  await expect(once(again, "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

test("a port that is taken is named", async () => {
  const other = createPlainServer();
  await once(other.listen(0, "127.0.0.1"), "listening");
  const { port } = other.address() as AddressInfo;
  const attempt = withLocalPort(nobody, target, port, () => Promise.resolve());
  await expect(attempt).rejects.toMatchObject({
    code: "resource.exists",
    message: expect.stringContaining(String(port)) as string,
  });
  other.close();
});
