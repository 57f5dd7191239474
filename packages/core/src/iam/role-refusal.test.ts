import { expect, test } from "vitest";
import { explainRefusedRole, type PolicyKind } from "./role-refusal.ts";

const roleArn = "arn:aws:iam::222222222222:role/db-login";
const caller = "arn:aws:sts::111111111111:assumed-role/authorize/postern";
const start = `User: ${caller} is not authorized to perform: sts:AssumeRole`;

const explain = (message: string, code = "AccessDenied", externalId: string | null = null) =>
  explainRefusedRole({ roleArn, externalId, code, message });

/** The wordings of the IAM user guide, "Troubleshoot access denied error messages". */
test.each<[string, PolicyKind | undefined]>([
  [`${start} because no role trust policy allows the sts:AssumeRole action`, "trust policy"],
  [`${start} because the role trust policy allows the sts:AssumeRole action`, "trust policy"],
  [`${start} with an explicit deny in the role trust policy`, "trust policy"],
  [`${start} on resource: ${roleArn} because no resource-based policy allows the action`, "trust policy"],
  [
    `${start} on resource: ${roleArn} because no identity-based policy allows the sts:AssumeRole action`,
    "permission policy",
  ],
  [`${start} on resource: ${roleArn} with an explicit deny in an identity-based policy`, "permission policy"],
  [
    `${start} on resource: ${roleArn} because no permissions boundary allows the sts:AssumeRole action`,
    "permissions boundary",
  ],
  [`${start} with an explicit deny in a permissions boundary`, "permissions boundary"],
  [`${start} because no session policy allows the sts:AssumeRole action`, "session policy"],
  [`${start} with an explicit deny in a sessions policy`, "session policy"],
  [`${start} with an explicit deny in a service control policy`, "service control policy"],
  [`${start} with an explicit deny in a resource control policy`, "resource control policy"],
  [`${start} because no VPC endpoint policy allows the sts:AssumeRole action`, "VPC endpoint policy"],
  [`${start} on resource: ${roleArn}`, undefined],
  ["Not authorized to perform sts:AssumeRole", undefined],
  ["", undefined],
])("%s", (message, policy) => {
  const refusal = explain(message);
  expect(refusal.policy).toBe(policy);
  expect(refusal.detail).toContain(roleArn);
  expect(refusal.summary).not.toMatch(/arn:|\d{12}/);
  const all = /trust policy.*permission policy.*boundary/;
  expect(all.test(refusal.summary)).toBe(policy === undefined);
});

test("it says which role could not assume which", () => {
  expect(explain(`${start} on resource: ${roleArn}`).detail).toContain(
    `${caller} could not assume ${roleArn}`,
  );
});

test("a role that is named like a policy decides nothing", () => {
  const named = "arn:aws:iam::222222222222:role/permissions-boundary-role-trust-policy";
  const message = `User: ${named} is not authorized to perform: sts:AssumeRole on resource: ${named}`;
  expect(explain(message).policy).toBeUndefined();
});

test("a right to set the source identity is asked for by its name", () => {
  const message = `User: ${caller} is not authorized to perform: sts:SetSourceIdentity on resource: ${roleArn} because no identity-based policy allows the sts:SetSourceIdentity action`;
  expect(explain(message).hint).toContain("must allow sts:SetSourceIdentity");
});

test("whether an external id was sent is told, and never which", () => {
  const message = `${start} on resource: ${roleArn}`;
  expect(explain(message).hint).toContain("no external id was sent");
  const sent = explain(message, "AccessDenied", "s3cret-id");
  expect(sent.hint).toContain("an external id was sent");
  expect(JSON.stringify(sent)).not.toContain("s3cret-id");
});

test.each([
  ["The requested DurationSeconds exceeds the MaxSessionDuration set for this role.", /maximum session/],
  [
    "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    /role chaining/,
  ],
])("%s", (message, summary) => {
  expect(explain(message, "ValidationError").summary).toMatch(summary);
});

test("a region without STS is told as such", () => {
  const message =
    "STS is not activated in this region for account:222222222222. Your account administrator can activate STS in this region using the IAM Console.";
  expect(explain(message, "RegionDisabledException").summary).toMatch(/not activated/);
});
