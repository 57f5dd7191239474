import { expect, test } from "vitest";
import { AllowRule, isAllowed } from "./allow-rule.ts";

const account = "111111111111";
const session = { account, arn: `arn:aws:sts::${account}:assumed-role/postern-proxy/i-0abc` };
const user = { account, arn: `arn:aws:iam::${account}:user/ci/deployer` };

const admits = (aws_arn: string | undefined, identity = session) =>
  isAllowed([AllowRule.parse({ aws_account: account, ...(aws_arn !== undefined && { aws_arn }) })], identity);

test("an account alone admits each of its principals, and no other account's", () => {
  expect([session, user].map((identity) => admits(undefined, identity))).toEqual([true, true]);
  const stranger = { account: "222222222222", arn: "arn:aws:sts::222222222222:assumed-role/postern-proxy/x" };
  expect(admits(undefined, stranger)).toBe(false);
});

test("an account that isn't the ARN's own admits nobody", () => {
  expect(admits(undefined, { account, arn: "arn:aws:iam::222222222222:user/x" })).toBe(false);
});

test.each([
  `arn:aws:sts::${account}:assumed-role/postern-proxy/i-0abc`,
  `arn:aws:sts::${account}:assumed-role/postern-proxy/i-*`,
  `arn:aws:sts::${account}:assumed-role/postern-proxy/i-0ab?`,
  `arn:aws:sts::${account}:assumed-role/postern-*/*`,
  `arn:*:sts::${account}:assumed-role/postern-proxy/*`,
  `arn:aws:sts::${account}:assumed-role/postern-proxy`,
  `arn:aws:iam::${account}:role/postern-proxy`,
  `arn:aws:iam::${account}:role/service/postern-*`,
])("%s admits the role's session", (pattern) => {
  expect(admits(pattern)).toBe(true);
});

test.each([
  `arn:aws:sts::${account}:assumed-role/postern/*`,
  `arn:aws:sts::${account}:assumed-role/postern-proxy/i-`,
  `arn:aws:iam::${account}:role/postern`,
  `arn:aws:iam::${account}:role/postern-proxy-2`,
  `arn:aws:iam::${account}:user/postern-proxy`,
  `arn:aws-cn:iam::${account}:role/postern-proxy`,
  `arn:aws:sts::${account}:assumed-role/*`.replace("*", "?"),
])("%s doesn't", (pattern) => {
  expect(admits(pattern)).toBe(false);
});

test("a wildcard doesn't go past a slash: sessions are named by whoever assumes the role", () => {
  const posing = { account, arn: `arn:aws:sts::${account}:assumed-role/intern/x-proxy` };
  expect(admits(`arn:aws:sts::${account}:assumed-role/*-proxy`, posing)).toBe(false);
  expect(admits(`arn:aws:sts::${account}:assumed-role/*-proxy/*`, posing)).toBe(false);
  const named = { account, arn: `arn:aws:sts::${account}:assumed-role/intern/postern-proxy` };
  expect(admits(`arn:aws:iam::${account}:role/postern-proxy`, named)).toBe(false);
});

test("users are met by their path and name", () => {
  expect(admits(`arn:aws:iam::${account}:user/ci/deployer`, user)).toBe(true);
  expect(admits(`arn:aws:iam::${account}:user/ci/*`, user)).toBe(true);
  expect(admits(`arn:aws:iam::${account}:user/*`, user)).toBe(false);
});

test("characters that regular expressions take for more are meant as they are", () => {
  const dotted = { account, arn: `arn:aws:iam::${account}:user/a.b` };
  const plain = { account, arn: `arn:aws:iam::${account}:user/axb` };
  expect([dotted, plain].map((identity) => admits(`arn:aws:iam::${account}:user/a.b`, identity))).toEqual([
    true,
    false,
  ]);
});

test("no rule admits nobody", () => {
  expect(isAllowed([], session)).toBe(false);
});

test("a rule of hundreds of wildcards is decided at once", () => {
  const pattern = `arn:aws:iam::${account}:user/${"*a".repeat(290)}`;
  expect(admits(pattern, { account, arn: `arn:aws:iam::${account}:user/${"a".repeat(1500)}b` })).toBe(false);
});
