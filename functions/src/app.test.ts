import { createScene } from "@postern/control/access/test-support";
import { createUser, loginAs } from "@postern/control/identity/test-support";
import type { CallerType, Route } from "@postern/core/api/route";
import { type RouteName, routes } from "@postern/core/api/routes";
import { Fault } from "@postern/core/fault";
import { StoreError } from "@postern/store/error";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { describe, expect, test } from "vitest";
import { createFunction } from "./app.ts";
import { adminHandlers } from "./handlers/admin.ts";
import { readHandlers } from "./handlers/read.ts";
import { functionFor } from "./route-match.ts";
import {
  bodyOf,
  createCallers,
  createFunctions,
  type HttpFunctionName,
  handlersOf,
  problemOf,
  send,
  type TestRequest,
} from "./test-support.ts";

const rows = Object.entries(routes) as [RouteName, Route & { function: HttpFunctionName }][]; // its keys are RouteName
const callerTypes: readonly CallerType[] = ["anyone", "key", "user", "host", "admin"];

/** Parameters and bodies that a row's schemas take, where a right is asked for behind them. */
const inputs: Partial<Record<RouteName, { path?: string; body?: unknown }>> = {
  listResources: { path: "/v1/resources/role" },
  getResource: { path: "/v1/resources/role/db" },
  deleteResource: { path: "/v1/resources/role/nobody-holds-it" },
  writeResource: { body: { resource: { kind: "role", version: "v8", metadata: { name: "new" }, spec: {} } } },
  inviteUser: { body: { name: "carol", roles: ["db"] } },
  createToken: { body: { type: "db" } },
  deleteToken: { path: `/v1/tokens/${"0".repeat(32)}` },
  getRecording: { path: "/v1/recordings/none" },
};

function requestFor(name: RouteName): TestRequest {
  const { method, path }: Route = routes[name];
  const input = { path: path.replaceAll(/\{\w+\}/g, "x"), ...inputs[name] };
  return { method, ...input, ...(method === "GET" || method === "DELETE" ? {} : { body: input.body ?? {} }) };
}

test("every row of the table has exactly one handler, in its function, and every handler a row", () => {
  const expected = Object.groupBy(rows, ([, row]) => row.function);
  for (const [name, handlers] of Object.entries(handlersOf)) {
    const named = expected[name as HttpFunctionName]?.map(([route]) => route); // a key of handlersOf
    expect(Object.keys(handlers).toSorted()).toEqual(named?.toSorted());
  }
});

test("every row's request finds the row's function", () => {
  for (const [name, row] of rows) {
    const { method, path } = requestFor(name);
    expect(functionFor(method, path)).toBe(row.function);
  }
});

/** What became of a call, as far as its caller's kind is concerned. */
function verdictOf(result: APIGatewayProxyStructuredResultV2): string {
  if (result.statusCode === 401) return "no identity";
  if (result.statusCode === 403 && problemOf(result).detail.startsWith("this is not for a"))
    return "not for these";
  return result.statusCode === 500 ? "failed" : "called";
}

test("a row is called by the callers that it names, and by nobody else", async () => {
  const { scene, identities } = await createCallers();
  const functions = createFunctions(scene);
  const seen: string[] = [];
  const expected: string[] = [];
  // The logout comes last: it ends the user's session.
  for (const [name, row] of rows.toSorted(([a], [b]) => Number(a === "logout") - Number(b === "logout"))) {
    for (const type of callerTypes) {
      const result = await send(scene, functions[row.function], identities[type], requestFor(name));
      seen.push(`${name} by ${type}: ${verdictOf(result)}`);
      const isListed = row.callers.includes(type) || row.callers.includes("anyone");
      const refusal = type === "anyone" || type === "key" ? "no identity" : "not for these";
      expected.push(`${name} by ${type}: ${isListed ? "called" : refusal}`);
    }
  }
  expect(seen).toEqual(expected);
});

test("a row that takes a right refuses a user without it, and lets an admin in", async () => {
  const { scene, identities } = await createCallers();
  const functions = createFunctions(scene);
  await createUser(scene.deps, "bob", ["db"]);
  const bob = await loginAs(scene.deps, "bob");
  const plain = { key: bob.key, token: bob.accessToken };
  for (const [name, row] of rows.filter(([, { right }]) => right !== null)) {
    const refused = await send(scene, functions[row.function], plain, requestFor(name));
    expect([name, refused.statusCode, problemOf(refused).code]).toEqual([name, 403, "access.denied"]);
    expect(problemOf(refused).decision_id).toMatch(/^de_/);
    const admitted = await send(scene, functions[row.function], identities.admin, requestFor(name));
    expect([name, admitted.statusCode]).not.toEqual([name, 403]);
  }
});

describe("what a request brings", () => {
  async function ask(request: TestRequest) {
    const { scene, identities } = await createCallers();
    return await send(
      scene,
      createFunctions(scene)[functionFor(request.method, request.path)],
      identities.admin,
      request,
    );
  }

  test.each([
    ["no JSON", { method: "POST", path: "/v1/tokens", body: "{" }],
    ["no body", { method: "POST", path: "/v1/tokens" }],
    [
      "another content type",
      { method: "POST", path: "/v1/tokens", body: {}, headers: { "Content-Type": "text/xml" } },
    ],
    ["an unknown field", { method: "POST", path: "/v1/tokens", body: { type: "db", admin: true } }],
    ["a prototype", { method: "POST", path: "/v1/tokens", body: '{"type":"db","__proto__":{"uses":9}}' }],
    ["a wrong enum in the path", { method: "GET", path: "/v1/resources/secret" }],
    ["a path that isn't well encoded", { method: "GET", path: "/v1/resources/role/%zz" }],
    ["an unknown query parameter", { method: "GET", path: "/v1/audit", query: { users: "alice" } }],
    ["a number that isn't", { method: "GET", path: "/v1/audit", query: { limit: "many" } }],
    [
      "a body over 64 KB",
      { method: "POST", path: "/v1/tokens", body: { type: "db", ttl: "1".repeat(70_000) } },
    ],
  ])("is refused with 400: %s", async (_, request) => {
    const result = await ask(request);
    expect(result.statusCode).toBe(400);
    expect(problemOf(result)).toMatchObject({ code: "input.invalid", status: 400 });
  });

  test("names each mistake by its path", async () => {
    const { issues } = problemOf(
      await ask({ method: "POST", path: "/v1/tokens", body: { type: "db", uses: 0, ttl: "x" } }),
    );
    expect(new Set(issues?.map(({ path }) => path))).toEqual(new Set(["ttl", "uses"]));
  });

  test("is percent-decoded in the path, once", async () => {
    const missing = await ask({ method: "GET", path: "/v1/resources/user/a%40example.com" });
    expect(missing.statusCode).toBe(404);
    const { scene, identities } = await createCallers();
    await createUser(scene.deps, "a@example.com", []);
    const path = "/v1/resources/user/a%40example.com";
    const found = await send(scene, createFunctions(scene).admin, identities.admin, { method: "GET", path });
    expect(bodyOf(found)).toMatchObject({ metadata: { name: "a@example.com" } });
  });
});

/** A use case that can only fail. */
function fail(error: unknown): () => Promise<never> {
  return async () => {
    throw error;
  };
}

describe("an answer", () => {
  test("to an unknown path is 404, to a wrong method 405 with the right ones", async () => {
    const { scene } = await createCallers();
    const { read } = createFunctions(scene);
    const unknown = await send(scene, read, {}, { method: "GET", path: "/v2/health" });
    expect([unknown.statusCode, problemOf(unknown).code]).toEqual([404, "route.missing"]);
    const wrong = await send(scene, read, {}, { method: "PATCH", path: "/v1/health" });
    expect([wrong.statusCode, wrong.headers?.["allow"]]).toEqual([405, "GET"]);
    expect(problemOf(wrong)).toMatchObject({ status: 405, code: "route.missing" });
  });

  test("is never kept by caches, and carries security headers, also when it is a problem", async () => {
    const { scene } = await createCallers();
    const { read } = createFunctions(scene);
    for (const path of ["/v1/health", "/v1/audit"]) {
      const { headers } = await send(scene, read, {}, { method: "GET", path });
      expect(headers).toMatchObject({ "cache-control": "no-store", "X-Content-Type-Options": "nosniff" });
    }
  });

  test("that needs an identity says how to prove one", async () => {
    const { scene } = await createCallers();
    const result = await send(
      scene,
      createFunctions(scene).read,
      {},
      { method: "GET", path: "/v1/databases" },
    );
    expect(result.headers).toMatchObject({ "www-authenticate": 'DPoP algs="ES256"' });
    expect(problemOf(result)).toMatchObject({
      code: "auth.missing",
      hint: expect.stringContaining("postern login"),
    });
  });

  test("to a bug tells nothing but an id, under which the log has the rest", async () => {
    const scene = await createScene();
    const reported: [string, unknown][] = [];
    const bug = new Error("secret detail");
    const handlers = { ...readHandlers, getHealth: fail(bug) };
    const report = (id: string, error: unknown) => reported.push([id, error]);
    const read = createFunction("read", handlers, scene.deps, { report });
    const result = await send(scene, read, {}, { method: "GET", path: "/v1/health" });
    expect(result.statusCode).toBe(500);
    expect(result.body).not.toContain("secret detail");
    expect(problemOf(result)).toMatchObject({
      code: "internal",
      detail: expect.stringContaining(reported[0]?.[0] ?? "-"),
    });
    expect(reported[0]?.[1]).toBe(bug);
  });

  test("that has a field which its row doesn't name is withheld", async () => {
    const scene = await createScene();
    const health = { status: "ok" as const, version: "1", cluster_name: "test", problems: [], secret: "x" };
    const read = createFunction("read", { ...readHandlers, getHealth: async () => health }, scene.deps, {
      report: () => undefined,
    });
    const result = await send(scene, read, {}, { method: "GET", path: "/v1/health" });
    expect([result.statusCode, result.body?.includes("secret")]).toEqual([500, false]);
  });

  test.each([
    [new Fault("resource.changed", "m", { hint: "h" }), 409],
    [new Fault("limit.exceeded", "m"), 429],
    [new Fault("cloud.refused", "m"), 502],
    [new StoreError("store.busy", "m"), 503],
    [new StoreError("store.unavailable", "m"), 503],
    [new StoreError("store.corrupt", "m"), 500],
  ])("to %s is %i", async (error, status) => {
    const scene = await createScene();
    const handlers = { ...readHandlers, getHealth: fail(error) };
    const read = createFunction("read", handlers, scene.deps, { report: () => undefined });
    expect((await send(scene, read, {}, { method: "GET", path: "/v1/health" })).statusCode).toBe(status);
  });
});

test("a function can't be made without a handler for each of its rows", async () => {
  const { deps } = await createScene();
  const { listTokens: _left, ...others } = adminHandlers;
  expect(() => createFunction("admin", others as typeof adminHandlers, deps)).toThrow("listTokens");
});
