/** Names of database users and databases, which PostgreSQL would cut or end where it likes. */
import { createRole } from "@postern/control/identity/test-support";
import { describe, expect, test } from "vitest";
import { type Api, createApi, heartbeatOf, statedDatabase } from "./support/api.ts";

async function ask({ scene, call, identities }: Api, name: string) {
  const everything = { db_labels: { "*": "*" }, db_users: ["*"], db_names: ["*"] };
  await createRole(scene.deps, "db", { allow: everything });
  await call(identities.host, heartbeatOf(statedDatabase()));
  const body = { type: "token", database: "aurora", db_user: name, db_name: name };
  return await call(identities.user, { method: "POST", path: "/v1/credentials", body });
}

describe("a credential is not issued for a name", () => {
  test.each([
    ["of more than 63 bytes, which the server would cut to another's", "ä".repeat(32)],
    ["of more than 63 characters", "a".repeat(64)],
    ["that a zero ends early", "alice\0root"],
    ["of half a surrogate pair", "\ud83d"],
    ["of nothing", ""],
  ])("%s", async (_, name) => {
    expect(await ask(await createApi(), name)).toMatchObject({ status: 400, code: "input.invalid" });
  });
});

test.each([
  "a".repeat(63),
  "ä".repeat(31),
  'we\'re "here"; host=x',
  "😀\u202e\u0001",
  "alice@example.com/x?y#z%41",
])("a credential is issued for any name that PostgreSQL keeps whole: %j", async (name) => {
  expect(await ask(await createApi(), name)).toMatchObject({ status: 201 });
});
