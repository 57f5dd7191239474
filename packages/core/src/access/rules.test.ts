import { expect, test } from "vitest";
import type { Rule, RuleResource, Verb } from "../resource/rule.ts";
import { role } from "./access.fixture.ts";
import { allowedVerbs, checkRule } from "./rules.ts";

const rules = (...rules: Rule[]) => ({ rules });

test.each<[string, Rule, RuleResource, Verb, "allow" | "deny"]>([
  ["the verb on the resource", { resources: ["role"], verbs: ["read"] }, "role", "read", "allow"],
  ["another verb", { resources: ["role"], verbs: ["read"] }, "role", "update", "deny"],
  ["list doesn't follow from read", { resources: ["role"], verbs: ["read"] }, "role", "list", "deny"],
  ["another resource", { resources: ["role"], verbs: ["read"] }, "user", "read", "deny"],
  ["any resource", { resources: ["*"], verbs: ["read"] }, "event", "read", "allow"],
  ["any verb", { resources: ["role"], verbs: ["*"] }, "role", "delete", "allow"],
  ["any verb isn't escalate", { resources: ["*"], verbs: ["*"] }, "role", "escalate", "deny"],
  ["escalate by name", { resources: ["*"], verbs: ["*", "escalate"] }, "role", "escalate", "allow"],
])("allowed %s", (_title, rule, resource, verb, verdict) => {
  expect(checkRule([role("r", rules(rule))], resource, verb).type).toBe(verdict);
});

test.each<[Rule, Verb]>([
  [{ resources: ["role"], verbs: ["update"] }, "update"],
  [{ resources: ["*"], verbs: ["update"] }, "update"],
  [{ resources: ["role"], verbs: ["*"] }, "update"],
  [{ resources: ["role"], verbs: ["*"] }, "escalate"],
])("the deny %j refuses %s, whatever other roles allow", (rule, verb) => {
  const all = role("all", rules({ resources: ["*"], verbs: ["*", "escalate"] }));
  expect(checkRule([all, role("no", undefined, rules(rule))], "role", verb)).toEqual({
    type: "deny",
    reasons: [{ role: "no", rule: "deny.rules", value: `${verb} role` }],
  });
});

test("what no role speaks of is refused", () => {
  expect(checkRule([], "role", "read")).toEqual({
    type: "deny",
    reasons: [{ role: null, rule: "no-role-matches" }],
  });
});

test("of several roles that allow, the first by name is told", () => {
  const allow = rules({ resources: ["role"], verbs: ["read"] });
  expect(checkRule([role("b", allow), role("a", allow)], "role", "read")).toEqual({
    type: "allow",
    role: "a",
  });
});

test("what is allowed in all is each verb that is allowed by itself", () => {
  const roles = [
    role("auditor", rules({ resources: ["event", "session"], verbs: ["list", "read"] })),
    role(
      "editor",
      rules({ resources: ["user"], verbs: ["*"] }),
      rules({ resources: ["user"], verbs: ["delete"] }),
    ),
    role("no", undefined, rules({ resources: ["session"], verbs: ["*"] })),
  ];
  expect(allowedVerbs(roles)).toEqual({
    event: ["list", "read"],
    user: ["list", "read", "create", "update", "use"],
  });
  expect(allowedVerbs([])).toEqual({});
});
