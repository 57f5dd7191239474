/** Random roles and requests over a universe so small that they often meet. */
import fc from "fast-check";
import type { Conditions, Role } from "../resource/role.ts";
import { ruleResources, verbs } from "../resource/rule.ts";

export const users = ["app", "ro", "dba"] as const;
export const names = ["x", "y"] as const;
export const labelSets = [{}, { env: "dev" }, { env: "prod" }, { env: "dev", team: "core" }] as const;

const userPattern = fc.constantFrom("*", "app", "ro", "dba", "a*", "*o", "^(app|ro)$", "^a|dba$");
const namePattern = fc.constantFrom("*", "x", "y", "^[xy]$");
const labelValue = fc.constantFrom("*", "dev", "prod", "d*", "^dev|stage$", "^p.*$");
const labelValues = fc.oneof(labelValue, fc.array(labelValue, { maxLength: 2 }));
const selector = fc.oneof(
  fc.constant({ "*": "*" }),
  fc.dictionary(fc.constantFrom("env", "team"), labelValues, { maxKeys: 2, noNullPrototype: true }),
);
const rule = fc.record({
  resources: fc.uniqueArray(fc.constantFrom("*" as const, ...ruleResources), { minLength: 1, maxLength: 2 }),
  verbs: fc.uniqueArray(fc.constantFrom("*" as const, ...verbs), { minLength: 1, maxLength: 2 }),
});

export const conditions: fc.Arbitrary<Conditions> = fc.record(
  {
    db_labels: selector,
    db_users: fc.uniqueArray(userPattern, { maxLength: 2 }),
    db_names: fc.uniqueArray(namePattern, { maxLength: 2 }),
    rules: fc.array(rule, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);

/** Few deny parts, else nearly every request is refused. */
const denyPart = fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: conditions });

export const anyRole: fc.Arbitrary<Role> = fc.record({
  kind: fc.constant("role" as const),
  version: fc.constantFrom("v3" as const, "v8" as const),
  metadata: fc.record({ name: fc.constantFrom("a", "b", "c") }),
  spec: fc.record({
    allow: conditions,
    deny: denyPart,
  }),
});

export const roles = fc.array(anyRole, { maxLength: 4 });

export const asked = fc.record({
  database: fc.record({ name: fc.constant("aurora"), labels: fc.constantFrom(...labelSets) }),
  db_user: fc.constantFrom(...users),
  db_name: fc.constantFrom(...names),
});
