import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { text } from "node:stream/consumers";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { HttpHandler } from "./answer.ts";
import { type HttpServer, startHttpServer } from "./server.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === "::1"),
);

const open: HttpServer[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(open.splice(0).map((server) => server.close()));
});

const echo: HttpHandler = (event) =>
  Promise.resolve({ statusCode: 200, body: JSON.stringify(event), headers: { "x-own": "yes" } });

/** Its origins are those of the port that it got. */
async function start(handle: HttpHandler = echo): Promise<HttpServer> {
  const origins: string[] = [];
  const server = await startHttpServer({ port: 0, origins, handle });
  origins.push(...["localhost", "127.0.0.1", "[::1]"].map((host) => `http://${host}:${server.port}`));
  open.push(server);
  return server;
}

interface Sent {
  readonly host?: string;
  readonly headers?: Record<string, string>;
  readonly method?: string;
  readonly path?: string;
  readonly body?: Buffer;
  readonly address?: string;
}

/** By hand: `fetch` doesn't let its user choose a Host. */
async function ask(
  port: number,
  sent: Sent = {},
): Promise<{ status: number; body: string; headers: IncomingMessage["headers"] }> {
  const {
    host = `localhost:${port}`,
    headers = {},
    method = "GET",
    path = "/",
    address = "127.0.0.1",
  } = sent;
  const request = httpRequest({
    host: address,
    port,
    method,
    path,
    headers: { host, ...headers },
    agent: false,
  });
  request.end(sent.body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: await text(response), headers: response.headers };
}

async function eventOf(port: number, sent: Sent): Promise<APIGatewayProxyEventV2> {
  return JSON.parse((await ask(port, sent)).body) as APIGatewayProxyEventV2;
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1").on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/** All that comes until the end, however abrupt that is. */
function received(socket: Socket): Promise<string> {
  let all = "";
  socket.on("data", (chunk) => (all += chunk));
  return new Promise((resolve) => socket.once("close", () => resolve(all)));
}

describe("a request that doesn't mean this machine is refused", () => {
  test.each([
    ["another name", (port: number) => `evil.example.com:${port}`],
    ["a name that only begins like ours", (port: number) => `localhost.evil.example.com:${port}`],
    ["another port", () => "localhost:1"],
    ["no port", () => "localhost"],
    ["userinfo", (port: number) => `localhost:${port}@evil.example.com`],
  ])("with %s as Host", async (_what, host) => {
    const { port } = await start();
    expect(await ask(port, { host: host(port) })).toMatchObject({ status: 421 });
  });

  test.each([
    ["another site", () => "https://evil.example.com"],
    ["another program's port", () => "http://localhost:1"],
    ["our port by https", (port: number) => `https://localhost:${port}`],
    ["a sandboxed page", () => "null"],
  ])("with the Origin of %s", async (_what, origin) => {
    const { port } = await start();
    const answer = await ask(port, { headers: { origin: origin(port) } });
    expect(answer.status).toBe(403);
    expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
  });

  test("unless both name one of our addresses, however they are spelled", async () => {
    const { port } = await start();
    for (const host of [`localhost:${port}`, `LocalHost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]) {
      expect(await ask(port, { host })).toMatchObject({ status: 200 });
    }
    const origin = `http://127.0.0.1:${port}`;
    expect(await ask(port, { headers: { origin } })).toMatchObject({ status: 200 });
  });
});

test.runIf(hasIpv6)("both loopback addresses answer, so that nobody else has `localhost`", async () => {
  const { port } = await start();
  expect(await ask(port, { address: "::1" })).toMatchObject({ status: 200 });
  const other = createServer();
  for (const address of ["127.0.0.1", "::1"]) {
    const failed = once(other, "error");
    other.listen(port, address);
    expect(await failed).toMatchObject([{ code: "EADDRINUSE" }]);
  }
});

test.runIf(hasIpv6)(
  "a port that is taken on either address is refused, and the other one is free again",
  async () => {
    const squatter = createServer().listen(0, "::1");
    await once(squatter, "listening");
    const { port } = squatter.address() as { port: number };
    await expect(startHttpServer({ port, origins: [], handle: echo })).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
    squatter.close();
    await once(squatter, "close");
    const server = await startHttpServer({ port, origins: [], handle: echo });
    expect(server.port).toBe(port);
    await server.close();
  },
);

describe("the functions get", () => {
  test("path, query, headers and body as API Gateway gives them", async () => {
    const { port } = await start();
    const event = await eventOf(port, {
      method: "PUT",
      path: "/v1/a%2Fb?x=1&x=2&y=a+b?c",
      headers: { "x-thing": "t" },
      body: Buffer.from([0, 255]),
    });
    expect(event).toMatchObject({
      version: "2.0",
      rawPath: "/v1/a%2Fb",
      rawQueryString: "x=1&x=2&y=a+b?c",
      queryStringParameters: { x: "1,2", y: "a b?c" },
      body: "AP8=",
      isBase64Encoded: true,
      requestContext: { http: { method: "PUT", path: "/v1/a%2Fb", sourceIp: "127.0.0.1" } },
    });
    expect(event.headers["x-thing"]).toBe("t");
  });

  test.each(["//evil.example.com/v1/health", "/v1/../v1/health", "/%2e%2e/v1/health"])(
    "the path %s as it came",
    async (path) => {
      const { port } = await start();
      expect(await eventOf(port, { path })).toMatchObject({ rawPath: path });
    },
  );

  test.each(["http://evil.example.com/v1/health", "*"])("nothing of the target %s", async (path) => {
    const { port } = await start();
    expect(await ask(port, { path, method: "OPTIONS" })).toMatchObject({ status: 400 });
  });
});

test("what HEAD is answered has no body", async () => {
  const { port } = await start();
  expect(await ask(port, { method: "HEAD" })).toMatchObject({
    status: 200,
    body: "",
    headers: { "x-own": "yes" },
  });
});

test("a function that fails is an error 500 for who asked, and why is told to us alone", async () => {
  const told = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const { port } = await start(() => Promise.reject(new Error("secret detail")));
  const answer = await ask(port);
  expect(answer.status).toBe(500);
  expect(answer.body).not.toContain("secret");
  expect(told).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("secret detail"));
});

describe("a body over the limit is refused", () => {
  test("by the length that it states, before it is sent", async () => {
    const { port } = await start();
    const socket = await dial(port);
    socket.write(`POST / HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Length: 10000001\r\n\r\n`);
    expect(await received(socket)).toMatch(/^HTTP\/1.1 413 /);
  });

  test("once it is longer, where it states none", async () => {
    const { port } = await start();
    const socket = await dial(port);
    socket.write(`POST / HTTP/1.1\r\nHost: localhost:${port}\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const chunk = Buffer.alloc(1_000_001);
    for (let sent = 0; sent < 10; sent += 1)
      socket.write(Buffer.concat([Buffer.from("f4241\r\n"), chunk, Buffer.from("\r\n")]));
    expect(await received(socket)).toMatch(/^HTTP\/1.1 413 /);
  });
});

test.each([
  ["no Host", "GET / HTTP/1.1\r\n\r\n"],
  ["an empty Host", "GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n"],
  ["garbage", "\x16\x03\x01\x02\x00\x01"],
  ["a header without end", `GET / HTTP/1.1\r\nX: ${"x".repeat(100_000)}`],
  ["two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx"],
  [
    "a length and chunks",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
])("%s is refused, and others are still served", async (_what, bytes) => {
  const { port } = await start();
  const socket = await dial(port);
  socket.write(bytes);
  expect(await received(socket)).toMatch(/^HTTP\/1.1 4\d\d /);
  expect(await ask(port)).toMatchObject({ status: 200 });
});

test("a client that is slow with its headers loses the connection", async () => {
  const { port } = await start();
  const socket = await dial(port);
  socket.write(`GET / HTTP/1.1\r\nHost: localhost:${port}\r\n`);
  expect(await received(socket)).toMatch(/^HTTP\/1.1 408 /);
});

test("a client that goes away in the middle of its body disturbs nobody", async () => {
  const { port } = await start();
  const socket = await dial(port);
  socket.write(`POST / HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Length: 100\r\n\r\nhalf`);
  socket.destroy();
  expect(await ask(port)).toMatchObject({ status: 200 });
});

describe("closing", () => {
  test("ends connections that wait for another request", async () => {
    const server = await start();
    const socket = await dial(server.port);
    socket.write(`GET / HTTP/1.1\r\nHost: localhost:${server.port}\r\n\r\n`);
    await once(socket, "data");
    await server.close();
    expect(await received(socket)).toBe("");
  });

  test("waits for what is being answered, even where nobody waits for the answer", async () => {
    const asked = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    let finished = false;
    const server = await start(async () => {
      asked.resolve();
      await finish.promise;
      finished = true;
      return { statusCode: 200, body: "done" };
    });
    const socket = await dial(server.port);
    socket.write(`GET / HTTP/1.1\r\nHost: localhost:${server.port}\r\n\r\n`);
    await asked.promise;
    socket.destroy();
    const closed = server.close();
    finish.resolve();
    await closed;
    expect(finished).toBe(true);
  });
});
