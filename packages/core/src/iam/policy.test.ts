import { expect, test } from "vitest";
import { assumePolicy, connectPolicy, loginTrustPolicy } from "./policy.ts";

const users = { region: "us-west-1", accountId: "111111111111", resourceId: "cluster-ABC", dbUsers: [] };

test("a policy is for all users of a cluster, or for those that are named", () => {
  expect(connectPolicy(users)).toEqual({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: "rds-db:connect",
        Resource: ["arn:aws:rds-db:us-west-1:111111111111:dbuser:cluster-ABC/*"],
      },
    ],
  });
  expect(connectPolicy({ ...users, dbUsers: ["alice", "app_ro"] }).Statement).toMatchObject([
    {
      Resource: [
        "arn:aws:rds-db:us-west-1:111111111111:dbuser:cluster-ABC/alice",
        "arn:aws:rds-db:us-west-1:111111111111:dbuser:cluster-ABC/app_ro",
      ],
    },
  ]);
});

test.each([
  ["cn-north-1", "aws-cn"],
  ["us-gov-west-1", "aws-us-gov"],
  ["eu-central-1", "aws"],
])("the partition of %s is %s", (region, partition) => {
  expect(JSON.stringify(connectPolicy({ ...users, region }))).toContain(
    `"arn:${partition}:rds-db:${region}:`,
  );
});

test("a role to assume trusts one principal, on a condition where there is an external id", () => {
  const principal = "arn:aws:iam::111111111111:role/authorize";
  expect(loginTrustPolicy(principal, undefined).Statement).toEqual([
    { Effect: "Allow", Principal: { AWS: principal }, Action: ["sts:AssumeRole", "sts:SetSourceIdentity"] },
  ]);
  expect(loginTrustPolicy(principal, "x-1").Statement).toMatchObject([
    { Condition: { StringEquals: { "sts:ExternalId": "x-1" } } },
  ]);
  expect(assumePolicy(principal).Statement).toMatchObject([{ Resource: principal }]);
});
