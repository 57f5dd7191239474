import { consolePaths, pagePaths } from "@postern/core/api/console";
import { routes } from "@postern/core/api/routes";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { describe, expect, test } from "vitest";
import { createConsole } from "./console.ts";
import { isForConsole, methodsOf } from "./route-match.ts";
import { problemOf } from "./test-support.ts";

const files = {
  "index.html": "<!doctype html>",
  "main-A1.js": "run()",
  "style-B2.css": "a{}",
  "i.svg": "<svg/>",
};
const handle = createConsole(files);

function ask(path: string, method = "GET", headers: Record<string, string> = {}) {
  // What the console reads of an event.
  return handle({ headers, requestContext: { http: { method, path } } } as unknown as APIGatewayProxyEventV2);
}

test.each(pagePaths)("%s is the console's document, asked for anew each time", async (path) => {
  expect(await ask(path)).toMatchObject({
    statusCode: 200,
    headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-cache" },
    body: files["index.html"],
  });
});

test.each([
  ["main-A1.js", "text/javascript; charset=utf-8"],
  ["style-B2.css", "text/css; charset=utf-8"],
  ["i.svg", "image/svg+xml"],
] as const)("the asset %s is kept for ever", async (name, type) => {
  expect(await ask(`/assets/${name}`)).toMatchObject({
    statusCode: 200,
    headers: { "content-type": type, "cache-control": expect.stringContaining("immutable") },
    body: files[name],
  });
});

test.each([
  "/assets/main.js",
  "/assets/index.html",
  "/assets/",
  "/assets/../index.html",
  "/assets/..%2f..%2fpackage.json",
  "/assets/%2e%2e/%2e%2e/etc/passwd",
  "/assets/..\\web.ts",
  "/assets/main-A1.js/",
  "/assets/main-A1%2ejs",
  "/assets/__proto__",
  "/assets/constructor",
  "//login",
  "/index.html",
])("there is nothing at %s", async (path) => {
  const answer = await ask(path);
  expect(answer).toMatchObject({ statusCode: 404, headers: { "cache-control": "no-store" } });
  expect(problemOf(answer).code).toBe("route.missing");
});

describe("every answer", () => {
  const paths = ["/", "/activity", "/assets/main-A1.js", "/assets/none.js"];

  test.each(paths)("at %s closes what a page doesn't need", async (path) => {
    const { headers = {} } = await ask(path);
    const policy = String(headers["content-security-policy"]).split("; ");
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
      ]),
    );
    expect(policy.join()).not.toMatch(/unsafe|\*|https?:|data:|blob:/);
    expect(headers).toMatchObject({
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "permissions-policy": expect.stringContaining("camera=()"),
    });
  });

  test.each(paths)("to HEAD at %s is that to GET without its body", async (path) => {
    expect(await ask(path, "HEAD")).toEqual({ ...(await ask(path)), body: "" });
  });

  test("asks for https where it came by it, and only there", async () => {
    expect((await ask("/")).headers).not.toHaveProperty("strict-transport-security");
    const { headers } = await ask("/", "GET", { "x-forwarded-proto": "https" });
    expect(headers).toHaveProperty("strict-transport-security");
  });
});

test("a file of a kind that browsers weren't told is no console's", () => {
  expect(() => createConsole({ ...files, "a.wasm": "" })).toThrow("a.wasm");
});

describe("what is the console's", () => {
  test("is read, and never the API's", () => {
    for (const path of consolePaths) {
      expect(methodsOf(path)).toEqual(["GET", "HEAD"]);
      for (const method of ["GET", "HEAD"]) expect(isForConsole(method, path)).toBe(true);
      for (const method of ["POST", "PUT", "DELETE", "OPTIONS"])
        expect(isForConsole(method, path)).toBe(false);
    }
    for (const { path } of Object.values(routes)) expect(isForConsole("GET", path)).toBe(false);
  });

  test.each(["/login/", "/assets", "/assets/a/b", "/favicon.ico", "/LOGIN", "/v1/login", "/activity.json"])(
    "is not %s",
    (path) => {
      expect(isForConsole("GET", path)).toBe(false);
    },
  );
});
