/** Signing keys, one purpose and one function each; none may be lost, and none is used but by its function. */
import type { Graph, Resource } from "../support/graph.ts";
import { all, compareLines, expectAt, type Rule, text } from "./rule.ts";
import { nameOf, parseStatements, type Statement } from "./statements.ts";

const signers = {
  UserCaKey: "AuthRole",
  AccessTokenKey: "AuthRole",
  HostCaKey: "JoinRole",
};

export const signingKeys: Rule = (graph) => {
  const keys = all(graph, "aws:kms/key:Key");
  return [
    ...compareLines(
      "keys",
      keys.map((key) => key.name),
      Object.keys(signers),
    ),
    ...keys.flatMap((key) => [
      ...expectAt(key, "customerMasterKeySpec", "ECC_NIST_P256"),
      ...expectAt(key, "keyUsage", "SIGN_VERIFY"),
      ...expectAt(key, "deletionWindowInDays", 30),
      ...(key.retainOnDelete ? [] : [{ resource: key.name, detail: "is deleted with the stack" }]),
      ...(key.protect === (graph.app.stage === "production")
        ? []
        : [{ resource: key.name, detail: `protect is ${key.protect}` }]),
    ]),
  ];
};

/** What uses a key or hands its use on. Whoever administers it needs none of them. */
const USE =
  /^kms:(\*|Sign|Verify|Encrypt|Decrypt|ReEncrypt|Generate|Derive|CreateGrant|Create\*|ReplicateKey)/;

export const keyPolicies: Rule = (graph) => {
  const policies = all(graph, "aws:kms/keyPolicy:KeyPolicy");
  return [
    ...compareLines(
      "key policies",
      policies.map((policy) => policy.name),
      Object.keys(signers).map((key) => `${key}Policy`),
    ),
    ...Object.entries(signers).flatMap(([key, role]) => {
      const uses = policies
        .filter((policy) => isFor(graph, policy, key))
        .flatMap((policy) => describeUses(graph, policy));
      return compareLines(`${key}Policy`, uses, [`kms:Sign by ${role}`]);
    }),
  ];
};

function isFor(graph: Graph, policy: Resource, keyName: string): boolean {
  const key = all(graph, "aws:kms/key:Key").find(({ name }) => name === keyName);
  // The stand-in makes a key's id of its description.
  return key !== undefined && policy.inputs["keyId"] === `key of ${text(key.inputs["description"])}`;
}

function describeUses(graph: Graph, policy: Resource): string[] {
  return parseStatements(policy.inputs["policy"])
    .filter(({ effect }) => effect === "Allow")
    .flatMap((statement) =>
      statement.actions
        .filter((action) => USE.test(action))
        .map((action) => `${action} by ${principal(graph, statement)}`),
    );
}

function principal(graph: Graph, { principal }: Statement): string {
  const isOne = typeof principal === "object" && principal !== null && !Array.isArray(principal);
  const arn = isOne ? principal["AWS"] : undefined;
  return typeof arn === "string" ? nameOf(graph, arn) : JSON.stringify(principal);
}
