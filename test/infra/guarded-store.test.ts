import type { Store, Write } from "@postern/store/port";
import { expect, test } from "vitest";
import { parseStatements } from "./rules/statements.ts";
import { type Access, guardedStore } from "./support/guarded-store.ts";

const nothing: Store = {
  get: () => Promise.resolve(undefined),
  query: () => Promise.resolve({ items: [] }),
  commit: () => Promise.resolve({ type: "committed" }),
  close: () => Promise.resolve(),
};

const policy = {
  Statement: [
    { Effect: "Allow", Action: ["dynamodb:GetItem", "dynamodb:UpdateItem"], Resource: "table" },
    {
      Effect: "Deny",
      Action: ["dynamodb:UpdateItem"],
      Resource: "table",
      Condition: { "ForAnyValue:StringLike": { "dynamodb:LeadingKeys": ["user#*", "authority"] } },
    },
    {
      Effect: "Allow",
      Action: ["dynamodb:DeleteItem"],
      Resource: "table",
      Condition: {
        "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["open#*"] },
        Null: { "dynamodb:LeadingKeys": ["false"] },
      },
    },
  ],
};

const seen: Access[] = [];
const store = guardedStore(nothing, parseStatements(policy), (access) => seen.push(access));

test.each([
  ["what a statement allows", () => store.get({ pk: "user#alice", sk: "account" })],
  ["what a deny doesn't name", () => store.commit([put("authority-2")])],
  ["what a condition holds of", () => store.commit([remove("open#1")])],
])("%s is let through", async (_, act) => {
  await act();
  expect(seen.at(-1)).toMatchObject({ allowed: true });
});

test.each([
  ["what no statement allows", () => store.query({ pk: "user#alice", limit: 1 })],
  ["what a deny names", () => store.commit([put("user#alice")])],
  ["what a deny names by its whole name", () => store.commit([put("authority")])],
  ["what no condition holds of", () => store.commit([remove("session#1")])],
  ["a commit that is allowed in part", () => store.commit([put("audit#1"), remove("session#1")])],
])("%s is refused", async (_, act) => {
  await expect(act()).rejects.toThrow("AccessDeniedException");
  expect(seen.at(-1)).toMatchObject({ allowed: false });
});

function put(pk: string): Write {
  return { type: "put", key: { pk, sk: "a" }, value: {}, condition: { type: "none" } };
}

function remove(pk: string): Write {
  return { type: "delete", key: { pk, sk: "a" }, condition: { type: "none" } };
}
