import { expect, test } from "vitest";
import type { Fault } from "../fault.ts";
import { parseKind, parseRef } from "./ref.ts";

test.each([
  ["role/db", { kind: "role", name: "db" }],
  ["roles/db", { kind: "role", name: "db" }],
  ["roles", { kind: "role" }],
  ["role", { kind: "role" }],
  ["users", { kind: "user" }],
  ["user/alice@example.com", { kind: "user", name: "alice@example.com" }],
  ["db", { kind: "db" }],
  ["dbs", { kind: "db" }],
  ["databases/aurora", { kind: "db", name: "aurora" }],
  ["db_servers", { kind: "db_server" }],
  ["tokens", { kind: "token" }],
])("%s names %j", (text, ref) => {
  expect(parseRef(text)).toEqual(ref);
});

test.each(["", "/", "rolle/db", "role/", "role/DB", "role/a/b", "/db", "__proto__", "constructor/x"])(
  "%j is refused",
  (text) => {
    expect(() => parseRef(text)).toThrow(expect.objectContaining({ code: "input.invalid" }) as Fault);
  },
);

test("no inherited property is a kind", () => {
  expect(parseKind("toString")).toBeUndefined();
});
