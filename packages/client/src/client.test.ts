import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isFault } from "@postern/core/fault";
import { decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient } from "./client.ts";
import { generateProofKey } from "./proof.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let url: string;
let answer: Answer;
const server = createServer((request, response) => answer(request, response));

beforeAll(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const json = (value: unknown, status = 200): Answer => {
  return (_, response) => response.writeHead(status).end(JSON.stringify(value));
};

/** What was thrown, as one value to compare. */
async function faultOf(act: Promise<unknown>): Promise<object> {
  const error = await act.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isFault(error)) throw new Error(`no fault but ${String(error)}`);
  return { code: error.code, message: error.message, ...error.data };
}

const status = {
  user: "alice",
  roles: ["db"],
  login_session: "ls_1",
  expires_at: "2026-01-01T00:00:00.000Z",
  cluster_name: "local",
  version: "0.1.0",
  rights: { event: ["list"] },
};

describe("a call", () => {
  test("carries the access token, and a proof for exactly this request", async () => {
    let seen: IncomingMessage | undefined;
    answer = (request, response) => {
      seen = request;
      json(status)(request, response);
    };
    const client = createClient({ url, key: await generateProofKey(), accessToken: () => "token" });
    expect(await client.call("getStatus", {})).toEqual(status);
    expect(seen?.headers.authorization).toBe("DPoP token");
    const proof = String(seen?.headers["dpop"]);
    expect(decodeProtectedHeader(proof).typ).toBe("dpop+jwt");
    const claims = JSON.parse(Buffer.from(proof.split(".")[1] ?? "", "base64url").toString()) as unknown;
    expect(claims).toMatchObject({ htm: "GET", htu: `${url}/v1/status` });
  });

  test("that anybody may make carries neither", async () => {
    let headers: IncomingMessage["headers"] = {};
    answer = (request, response) => {
      headers = request.headers;
      json({ user: "alice" })(request, response);
    };
    const client = createClient({ url, key: await generateProofKey(), accessToken: () => "token" });
    await client.call("acceptInvite", { body: { invite: "i", password: "0123456789" } });
    expect(headers).not.toHaveProperty("authorization");
    expect(headers).not.toHaveProperty("dpop");
  });
});

describe("a fault", () => {
  const ask = () => createClient({ url, timeoutMs: 500 }).call("getHealth", {});

  test("has the code, words and hint of the server's problem", async () => {
    const problem = {
      type: "about:blank",
      title: "Forbidden",
      status: 403,
      code: "access.denied",
      detail: "no access",
      hint: "ask",
      decision_id: "de_1",
    };
    answer = json(problem, 403);
    expect(await faultOf(ask())).toEqual({
      code: "access.denied",
      message: "no access",
      hint: "ask",
      decision_id: "de_1",
      issues: undefined,
    });
  });

  test("is `internal` for a code, or an answer, that the route table doesn't know", async () => {
    answer = json({ type: "about:blank", title: "?", status: 400, code: "new.code", detail: "words" }, 400);
    expect(await faultOf(ask())).toMatchObject({ code: "internal", message: "words" });
    answer = json({ status: "ok", version: "1", cluster_name: "c", problems: [], more: 1 });
    expect(await faultOf(ask())).toMatchObject({ code: "internal" });
  });

  test.each<[string, Answer]>([
    ["what isn't JSON", (_, response) => response.end("<html>")],
    ["another's error page", (_, response) => response.writeHead(502).end("<html>")],
    ["JSON of somebody else", json({ message: "Forbidden" }, 403)],
    ["bytes that are no UTF-8", (_, response) => response.end(Buffer.from([0x22, 0xff, 0x22]))],
    ["an answer that breaks off", (_, response) => response.write("{", () => response.destroy())],
    ["a redirect", (_, response) => response.writeHead(302, { location: "https://example.com" }).end()],
    ["silence", () => undefined],
  ])("is `service.unavailable` for %s", async (_, behaviour) => {
    answer = behaviour;
    expect(await faultOf(ask())).toMatchObject({ code: "service.unavailable" });
  });

  test("ends an answer that has no end", async () => {
    const chunk = Buffer.alloc(1024 * 1024, " ");
    let sent = 0;
    answer = (_, response) => {
      const pump = () => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
        if (!response.destroyed) response.once("drain", pump);
      };
      pump();
    };
    const client = createClient({ url, timeoutMs: 60_000 });
    expect(await faultOf(client.call("getHealth", {}))).toMatchObject({ code: "service.unavailable" });
    expect(sent).toBeLessThan(64 * chunk.length);
  });

  test("says why there was no connection", async () => {
    const other = createServer();
    await once(other.listen(0, "127.0.0.1"), "listening");
    const { port } = other.address() as AddressInfo;
    await once(other.close(), "close");
    const closed = createClient({ url: `http://127.0.0.1:${port}` });
    expect(await faultOf(closed.call("getHealth", {}))).toMatchObject({
      code: "service.unavailable",
      message: expect.stringContaining("ECONNREFUSED") as string,
    });
  });
});
