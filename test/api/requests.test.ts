/** Requests that no good client makes: refused by a clear answer, and never by a failure of ours. */
import { certificateFor, requestWith } from "@postern/control/access/test-support";
import { createSigner } from "@postern/control/identity/test-support";
import type { CallerType, Route } from "@postern/core/api/route";
import { type RouteName, routes } from "@postern/core/api/routes";
import { proofHeaders, type TestRequest } from "@postern/functions/test-support";
import { describe, expect, test } from "vitest";
import { type Answer, type Api, createApi, heartbeatOf, statedDatabase } from "./support/api.ts";

const rows = Object.entries(routes) as [RouteName, Route][]; // Object.entries forgets the keys

/** As the caller who gets furthest with the row. */
async function callAs({ call, identities }: Api, { callers }: Route, request: TestRequest): Promise<Answer> {
  const order: readonly CallerType[] = ["admin", "user", "host", "key", "anyone"];
  return await call(identities[order.find((type) => callers.includes(type)) ?? "anyone"], request);
}

function pathOf({ path }: Route): string {
  return path.replace("{kind}", "role").replaceAll(/\{\w+\}/g, "name");
}

/** Nested as deep as a row's body may be long. */
const deep = `${"[".repeat(30_000)}${"]".repeat(30_000)}`;

describe("a body", () => {
  const withBody = rows.filter(([, { body }]) => body !== undefined);
  test.each([
    ["an unknown key", '{"zzz":1}'],
    ["a prototype", '{"__proto__":{"admin":true}}'],
    ["a constructor", '{"constructor":{"prototype":{"admin":true}}}'],
    ["an array", "[]"],
    ["a number", "1e999"],
    ["nothing", "null"],
    ["a nest of arrays", deep],
    ["an unknown key that holds a nest", `{"zzz":${deep}}`],
    ["JSON that ends early", '{"a":'],
    ["no JSON", "\0\ud800"],
  ])("of %s is refused by every row that takes one", async (_, body) => {
    const api = await createApi();
    for (const [name, row] of withBody) {
      const answer = await callAs(api, row, { method: row.method, path: pathOf(row), body });
      expect([name, answer.status, answer.code]).toEqual([name, 400, "input.invalid"]);
    }
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });
});

test("an unknown query parameter is refused by every row, and one that is a prototype", async () => {
  const api = await createApi();
  for (const [name, row] of rows.filter(([, { body }]) => body === undefined)) {
    for (const parameter of ["zzz", "__proto__", "constructor"]) {
      const query = Object.fromEntries([[parameter, "1"]]);
      const { status } = await callAs(api, row, { method: row.method, path: pathOf(row), query });
      expect([name, parameter, status]).toEqual([name, parameter, 400]);
    }
  }
});

test.each(["HEAD", "OPTIONS", "PATCH", "TRACE", "get", "__proto__"])(
  "no row takes the method %s",
  async (method) => {
    const api = await createApi();
    for (const [, row] of rows) {
      const answer = await api.call(api.identities.admin, { method, path: pathOf(row) });
      expect(answer).toMatchObject({ status: 405, code: "route.missing" });
    }
  },
);

test.each([
  ["/v1/resources/role/", 404],
  ["/v1/resources//db", 404],
  ["/v1/resources/role/a/b", 404],
  ["//v1/health", 404],
  ["/V1/HEALTH", 404],
  ["/v1", 404],
  ["/v1/resources/role/a%2fb", 404],
  ["/v1/resources/role/%2e%2e%2fuser", 404],
  ["/v1/resources/role/%00", 404],
  ["/v1/resources/role/__proto__", 404],
  ["/v1/resources/role/toString", 404],
  ["/v1/resources/__proto__/x", 400],
  ["/v1/resources/role/%ff", 400],
  [`/v1/recordings/${"x".repeat(65)}`, 400],
])("the path %s leads nowhere", async (path, status) => {
  const { call, identities } = await createApi();
  expect(await call(identities.admin, { method: "GET", path })).toMatchObject({ status });
});

test.each(["x".repeat(10_000), "%F0%9F%98%80".repeat(900)])(
  "a path that no proof can hold leads nowhere",
  async (name) => {
    const { call, identities } = await createApi();
    const path = `/v1/resources/role/${name}`;
    expect(await call(identities.admin, { method: "GET", path })).toMatchObject({
      status: 401,
      code: "auth.invalid",
    });
  },
);

describe("who calls is refused", () => {
  const status = { method: "GET", path: "/v1/status" };

  test.each([
    ["two tokens", { Authorization: "DPoP a.b.c,DPoP a.b.c" }],
    ["a bearer token", { Authorization: "Bearer a.b.c" }],
    ["nothing", { Authorization: "" }],
    ["a token of 100,000 characters", { Authorization: `DPoP ${"a".repeat(100_000)}` }],
    ["a JWT of 100,000 characters", { Authorization: `DPoP a.b.${"c".repeat(100_000)}` }],
    ["two proofs", { DPoP: "a.b.c,a.b.c" }],
    ["a proof of 100,000 characters", { DPoP: `a.b.${"c".repeat(100_000)}` }],
    ["a proof that isn't one", { DPoP: "\0" }],
    ["an empty proof", { DPoP: "" }],
  ])("with %s", async (_, headers) => {
    const { call, identities } = await createApi();
    expect(await call(identities.user, { ...status, headers })).toMatchObject({ status: 401 });
  });

  test("with another's identity in headers that proxies set", async () => {
    const { call } = await createApi();
    const names = ["X-Forwarded-User", "X-Amzn-Oidc-Identity", "X-Remote-User", "Cookie", "X-Postern-User"];
    const headers = Object.fromEntries(names.map((name) => [name, "alice"]));
    expect(await call({}, { ...status, headers })).toMatchObject({ status: 401 });
    expect(await call({ key: createSigner() }, { ...status, headers })).toMatchObject({ status: 401 });
  });
});

describe("a proof works once", () => {
  /** Sends a request, and again with the very same headers, as somebody would who saw it. */
  async function replay(
    { scene, call, identities }: Api,
    type: "host" | "user",
    first: TestRequest,
    then: TestRequest,
  ) {
    const headers = await proofHeaders(scene.deps, identities[type], first);
    await call({}, { ...first, headers });
    return await call({}, { ...then, headers });
  }

  test("for a session: who saw the request gets no IAM token", async () => {
    const api = await createApi();
    await api.call(api.identities.host, heartbeatOf(statedDatabase()));
    const body = requestWith(await certificateFor(api.scene));
    const open = { method: "POST", path: "/v1/sessions", body };
    expect(await replay(api, "host", open, open)).toMatchObject({ status: 401, code: "auth.replayed" });
  });

  test("for a heartbeat, whatever is stated the second time", async () => {
    const api = await createApi();
    const second = heartbeatOf(statedDatabase({ name: "other" }));
    expect(await replay(api, "host", heartbeatOf(), second)).toMatchObject({ code: "auth.replayed" });
  });

  test("and for its own method and row alone", async () => {
    const api = await createApi();
    const status = { method: "GET", path: "/v1/status" };
    expect(await replay(api, "user", status, { ...status, path: "/v1/databases" })).toMatchObject({
      status: 401,
    });
    const logout = { method: "POST", path: "/v1/logout", body: {} };
    expect(await replay(api, "user", status, logout)).toMatchObject({ code: "auth.invalid" });
  });
});

test.each(["a", "a".repeat(1024)])(
  "a password of any length is tried or refused, never cut",
  async (password) => {
    const { call } = await createApi();
    const body = { user: "alice", password };
    const answer = await call({ key: createSigner() }, { method: "POST", path: "/v1/login", body });
    expect(answer).toMatchObject({ status: 401, code: "auth.invalid" });
  },
);

test("of a user's many logins at once each is counted, and those of others go on", async () => {
  const { call, events } = await createApi();
  const attempt = async (user: string) =>
    await call(
      { key: createSigner() },
      { method: "POST", path: "/v1/login", body: { user, password: "wrong".repeat(3) } },
    );
  const answers = await Promise.all(Array.from({ length: 20 }, async () => await attempt("alice")));
  const tried = answers.filter(({ code }) => code === "auth.invalid");
  expect(tried.length).toBeLessThanOrEqual(5);
  expect(new Set(answers.map(({ status }) => status)).has(500)).toBe(false);
  expect(await attempt("bob")).toMatchObject({ code: "auth.invalid" });
  const refused = (await events("user.login")).filter(({ code }) => code === "T1000W");
  expect(refused).toHaveLength(answers.filter(({ status }) => status === 401 || status === 429).length + 1);
});
