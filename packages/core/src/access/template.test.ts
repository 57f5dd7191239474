import fc from "fast-check";
import { expect, test } from "vitest";
import type { Role } from "../resource/role.ts";
import { NamePattern, TraitValue } from "./pattern-schema.ts";
import { expandRole } from "./template.ts";

const role = (spec: Role["spec"]): Role => ({ kind: "role", version: "v8", metadata: { name: "r" }, spec });
const users = (db_users: string[], values?: string[]) =>
  expandRole(role({ allow: { db_users } }), values ? { db_users: values } : {}).spec.allow?.db_users;

test("a template stands for each value of the trait, with what is around it; for none where the trait is absent", () => {
  expect(users(["ro", "{{internal.db_users}}"], ["alice", "al_*"])).toEqual(["ro", "alice", "al_*"]);
  expect(users(["app_{{ internal.db_users }}_ro"], ["a", "b"])).toEqual(["app_a_ro", "app_b_ro"]);
  expect(users(["alice", "{{internal.db_users}}"], ["alice"])).toEqual(["alice"]);
  expect(users(["{{internal.db_users}}"], [])).toEqual([]);
  expect(users(["{{internal.db_users}}"])).toEqual([]);
});

test("a deny part is filled alike, and what isn't there stays away", () => {
  const filled = expandRole(role({ deny: { db_names: ["{{internal.db_names}}"] } }), {
    db_names: ["postgres"],
  });
  expect(filled).toEqual(role({ deny: { db_names: ["postgres"] } }));
});

test.each([
  "{{internal.logins}}",
  "{{external.db_users}}",
  "{{internal.db_users",
  "{{internal.db_users}}{{internal.db_names}}",
  "^{{internal.db_users}}$",
  `${"x".repeat(300)}{{internal.db_users}}`,
])("%j is no template that a role may have", (text) => {
  expect(NamePattern.safeParse(text).success).toBe(false);
  expect(users([text], ["alice"])).toEqual([text]);
});

test("whatever a trait may be, its place in a template is taken by a pattern", () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, maxLength: 40 }),
      fc.stringMatching(/^[a-z_*]{0,10}$/),
      (value, before) => {
        fc.pre(TraitValue.safeParse(value).success);
        const [filled = ""] = users([`${before}{{internal.db_users}}`], [value]) ?? [];
        expect(NamePattern.safeParse(filled).success).toBe(true);
      },
    ),
  );
});

test.each(["^alice$", "{{internal.db_users}}", "", "x".repeat(200)])("%j is no value of a trait", (value) => {
  expect(TraitValue.safeParse(value).success).toBe(false);
});
