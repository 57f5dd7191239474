import fc from "fast-check";
import { expect, test } from "vitest";
import type { Conditions, Role } from "../resource/role.ts";
import { everything, request, role } from "./access.fixture.ts";
import { anyRole, asked, conditions, roles } from "./arbitrary.fixture.ts";
import { decide } from "./decide.ts";
import { formatReason } from "./reason.ts";

const runs = { numRuns: 2_000 };

test("the universe of these tests holds allowed and refused requests", () => {
  const verdicts = fc
    .sample(fc.tuple(roles, asked), 500)
    .map(([roles, asked]) => decide(request(roles, asked)).type);
  expect(verdicts.filter((verdict) => verdict === "allow").length).toBeGreaterThan(25);
  expect(verdicts.filter((verdict) => verdict === "deny").length).toBeGreaterThan(25);
});

function withDeny(role: Role, deny: Conditions): Role {
  const was = role.spec.deny ?? {};
  const db_labels = was.db_labels ?? deny.db_labels;
  const added = {
    db_users: [...(was.db_users ?? []), ...(deny.db_users ?? [])],
    db_names: [...(was.db_names ?? []), ...(deny.db_names ?? [])],
    ...(db_labels === undefined ? {} : { db_labels }),
  };
  return { ...role, spec: { ...role.spec, deny: { ...was, ...added } } };
}

test("adding a deny never turns deny into allow, be it in a role that is held or in a new one", () => {
  fc.assert(
    fc.property(roles, asked, conditions, fc.nat(4), (roles, asked, deny, index) => {
      if (decide(request(roles, asked)).type !== "deny") return;
      const changed = roles.map((role, i) => (i === index ? withDeny(role, deny) : role));
      expect(decide(request(changed, asked)).type).toBe("deny");
      expect(decide(request([...roles, role("new", undefined, deny)], asked)).type).toBe("deny");
    }),
    runs,
  );
});

test("the order of roles never matters", () => {
  const shuffled = roles.chain((roles) =>
    fc.tuple(fc.constant(roles), fc.shuffledSubarray(roles, { minLength: roles.length })),
  );
  fc.assert(
    fc.property(shuffled, asked, ([roles, other], asked) => {
      expect(decide(request(other, asked))).toEqual(decide(request(roles, asked)));
    }),
    runs,
  );
});

test("adding a role that has nothing to do with the request changes nothing", () => {
  const elsewhere = { db_labels: { region: "mars" }, db_users: ["nobody*"], db_names: ["^nothing$"] };
  const parts = fc.constantFrom(elsewhere, {}, undefined);
  fc.assert(
    fc.property(roles, asked, parts, parts, fc.nat(4), (roles, asked, allow, deny, index) => {
      const unrelated = role("unrelated", allow, deny);
      expect(decide(request(roles.toSpliced(index, 0, unrelated), asked))).toEqual(
        decide(request(roles, asked)),
      );
    }),
    runs,
  );
});

test("the same input gives the same verdict, and is left as it was", () => {
  fc.assert(
    fc.property(roles, asked, (roles, asked) => {
      const input = request(roles, asked);
      const before = structuredClone(input);
      expect(decide(input)).toEqual(decide(structuredClone(input)));
      expect(input).toEqual(before);
    }),
    runs,
  );
});

test("what is allowed is allowed by the named role alone", () => {
  fc.assert(
    fc.property(roles, asked, (roles, asked) => {
      const decision = decide(request(roles, asked));
      if (decision.type !== "allow") return;
      const alone = roles.filter(({ metadata }) => metadata.name === decision.role);
      expect(alone.some((role) => decide(request([role], asked)).type === "allow")).toBe(true);
    }),
    runs,
  );
});

test("adding a role that denies nothing never turns allow into deny", () => {
  fc.assert(
    fc.property(roles, anyRole, asked, (roles, extra, asked) => {
      const harmless = { ...extra, spec: { ...extra.spec, deny: {} } };
      if (decide(request(roles, asked)).type === "deny") return;
      expect(decide(request([...roles, harmless], asked)).type).toBe("allow");
    }),
    runs,
  );
});

const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 100 }),
  fc.string({ unit: "grapheme", maxLength: 100 }),
  fc.constantFrom(
    "__proto__",
    "constructor",
    "^(",
    "^(a*)*$",
    "{{x}}",
    "*".repeat(10_000),
    "a".repeat(10_000),
    `^${"(a*)*".repeat(2_000)}$`,
    "\u202e",
    "\0",
  ),
);

test("decide is total: hostile texts anywhere give a verdict, and reasons that print", () => {
  const labels = fc.dictionary(hostile, hostile, { maxKeys: 3 });
  const part = fc.record({ db_labels: labels, db_users: fc.array(hostile), db_names: fc.array(hostile) });
  const hostileRole = fc.tuple(hostile, part, part).map(([name, allow, deny]) => role(name, allow, deny));
  const asked = fc.record({
    database: fc.record({ name: hostile, labels }),
    db_user: hostile,
    db_name: hostile,
  });
  fc.assert(
    fc.property(fc.array(hostileRole, { maxLength: 3 }), asked, (roles, asked) => {
      const decision = decide(request(roles, asked));
      const reasons = decision.type === "deny" ? decision.reasons : [];
      expect(["allow", "deny"]).toContain(decision.type);
      for (const line of reasons.map(formatReason)) expect(line).not.toMatch(/\p{Cc}|\p{Cf}/u);
    }),
    { numRuns: 500 },
  );
});

test("a role as large as the schema admits is decided on in bounded time", () => {
  const patterns = Array.from({ length: 256 }, (_, i) => `^(a?){100}a{100}${i}$`);
  const start = performance.now();
  const decision = decide(
    request([role("r1", { ...everything, db_users: patterns })], { db_user: "a".repeat(63) }),
  );
  expect(decision.type).toBe("deny");
  expect(performance.now() - start).toBeLessThan(5_000);
});
