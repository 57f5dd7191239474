import { expect, test } from "vitest";
import { Refusal } from "../refusal/refusal.ts";
import { passedOn } from "./parameters.ts";

const pass = (parameters: Record<string, string>) =>
  Object.fromEntries(passedOn(new Map(Object.entries(parameters))));

test("settings go on as they came; user, database and the protocol's own options don't", () => {
  expect(
    pass({
      user: "alice",
      database: "d",
      "_pq_.x": "1",
      application_name: "psql",
      options: "-c a=b",
      "my.setting": "x",
    }),
  ).toEqual({ application_name: "psql", options: "-c a=b", "my.setting": "x" });
});

test.each(["replication", "Replication", "REPLICATION"])("%s is refused in any spelling", (name) => {
  expect(() => pass({ user: "alice", [name]: "off" })).toThrow(new Refusal({ type: "replication" }));
});

test.each(["User", "DATABASE", "a b", "host=x", "a;b", "a.b.c"])("the name %s is refused", (name) => {
  expect(() => pass({ user: "alice", [name]: "x" })).toThrow(
    new Refusal({ type: "parameter_invalid", parameter: name }),
  );
});
