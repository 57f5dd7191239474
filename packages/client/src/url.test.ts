import { isFault } from "@postern/core/fault";
import fc from "fast-check";
import { expect, test } from "vitest";
import { buildPath, buildQuery } from "./url.ts";

const template = "/v1/resources/{kind}/{name}";

test("parameters are percent-encoded", () => {
  expect(buildPath(template, { kind: "role", name: "a/b?c#d e" })).toBe(
    "/v1/resources/role/a%2Fb%3Fc%23d%20e",
  );
});

test("no parameter changes which route a path is of", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[./%2e\\]{0,6}$/)), (name) => {
      let path: string;
      try {
        path = buildPath(template, { kind: "role", name });
      } catch (error) {
        return isFault(error, "input.invalid") || error instanceof URIError; // half of a surrogate pair
      }
      const { pathname } = new URL(`https://postern.example.com${path}`);
      const segments = pathname.split("/");
      expect(segments).toHaveLength(5);
      expect(decodeURIComponent(segments[4] ?? "")).toBe(name);
      return true;
    }),
  );
});

test.each([".", "..", ""])("`%s` is refused", (name) => {
  expect(() => buildPath(template, { kind: "role", name })).toThrow(
    expect.objectContaining({ code: "input.invalid" }) as Error,
  );
});

test("a query leaves out what isn't asked", () => {
  expect(buildQuery({ since: undefined, user: "a&b", limit: 5 })).toBe("?user=a%26b&limit=5");
  expect(buildQuery({ since: undefined })).toBe("");
  expect(buildQuery()).toBe("");
});
