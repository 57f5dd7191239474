import { Fault } from "@postern/core/fault";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { expect, test } from "vitest";
import type { HttpHandler } from "../http/answer.ts";
import { startConsole } from "./console.ts";

const api: HttpHandler = () => Promise.resolve({ statusCode: 200, body: "the API" });
const files = { "index.html": "the console" };

/** What is read of an event. */
function eventOf(path: string, method = "GET"): APIGatewayProxyEventV2 {
  return { headers: {}, requestContext: { http: { method, path } } } as unknown as APIGatewayProxyEventV2;
}

test.each([
  ["GET", "/", "the console"],
  ["GET", "/activity", "the console"],
  ["GET", "/v1/health", "the API"],
  ["POST", "/login", "the API"],
  ["GET", "/nothing", "the API"],
])("%s %s is answered by %s", async (method, path, body) => {
  const handle = startConsole(() => Promise.resolve(files)).before(api);
  expect(await handle(eventOf(path, method))).toMatchObject({ body });
});

test("whoever asks for a page before it is built waits, and nobody else", async () => {
  const build = Promise.withResolvers<typeof files>();
  const handle = startConsole(() => build.promise).before(api);
  const asked = handle(eventOf("/"));
  expect(await handle(eventOf("/v1/health"))).toMatchObject({ body: "the API" });
  build.resolve(files);
  expect(await asked).toMatchObject({ body: "the console" });
});

test("what keeps it from being built is for the start to tell", async () => {
  const fault = new Fault("internal", "the web console can't be built");
  await expect(startConsole(() => Promise.reject(fault)).built).rejects.toBe(fault);
});
