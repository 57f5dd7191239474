import { expect, test } from "vitest";
import type { EncodedPut } from "../item.ts";
import { commitRequest } from "./commit-request.ts";

const key = { pk: "session#1", sk: "meta" };
const target = {
  TableName: "postern",
  Key: { pk: { S: "session#1" }, sk: { S: "meta" } },
  ReturnValuesOnConditionCheckFailure: "ALL_OLD",
};
const NOW = 5000;
const put: EncodedPut = { type: "put", key, json: '{"a":1}', condition: { type: "absent" } };

const itemFor = (write: Parameters<typeof commitRequest>[1][number]) =>
  commitRequest("postern", [write], NOW, "token").TransactItems?.[0];

test("a put over nothing sets the first version and clears what it does not name", () => {
  expect(commitRequest("postern", [put], NOW, "token")).toEqual({
    ClientRequestToken: "token",
    TransactItems: [
      {
        Update: {
          ...target,
          ConditionExpression: "attribute_not_exists(pk) OR e <= :now",
          UpdateExpression: "SET v = :v, n = :next REMOVE b, e, #ttl",
          ExpressionAttributeNames: { "#ttl": "ttl" },
          ExpressionAttributeValues: { ":now": { N: "5000" }, ":v": { S: '{"a":1}' }, ":next": { N: "1" } },
        },
      },
    ],
  });
});

test("bytes and expiry go with the put; the ttl is the first whole second at which it is expired", () => {
  const bytes = Uint8Array.of(1);
  expect(itemFor({ ...put, bytes, expiresAt: 9001 })?.Update).toMatchObject({
    UpdateExpression: "SET v = :v, n = :next, b = :b, e = :e, #ttl = :ttl",
    ExpressionAttributeValues: { ":b": { B: bytes }, ":e": { N: "9001" }, ":ttl": { N: "10" } },
  });
  expect(itemFor({ ...put, bytes })?.Update?.UpdateExpression).toBe(
    "SET v = :v, n = :next, b = :b REMOVE e, #ttl",
  );
  expect(itemFor({ ...put, expiresAt: 9000 })?.Update).toMatchObject({
    UpdateExpression: "SET v = :v, n = :next, e = :e, #ttl = :ttl REMOVE b",
    ExpressionAttributeValues: { ":ttl": { N: "9" } },
  });
});

test("a put over a version sets the next one", () => {
  expect(itemFor({ ...put, condition: { type: "version", version: 3 } })?.Update).toMatchObject({
    ConditionExpression: "n = :version AND (attribute_not_exists(e) OR e > :now)",
    ExpressionAttributeValues: { ":version": { N: "3" }, ":next": { N: "4" }, ":now": { N: "5000" } },
  });
});

test("where the condition does not say what stands, DynamoDB counts the version", () => {
  expect(itemFor({ ...put, condition: { type: "present" } })?.Update).toMatchObject({
    ConditionExpression: "attribute_exists(pk) AND (attribute_not_exists(e) OR e > :now)",
    UpdateExpression: "SET v = :v, n = n + :one REMOVE b, e, #ttl",
    ExpressionAttributeValues: { ":one": { N: "1" } },
  });
  const unconditional = itemFor({ ...put, condition: { type: "none" } })?.Update;
  expect(unconditional).not.toHaveProperty("ConditionExpression");
  expect(unconditional).toMatchObject({
    UpdateExpression: "SET v = :v, n = if_not_exists(n, :zero) + :one REMOVE b, e, #ttl",
    ExpressionAttributeValues: { ":v": { S: '{"a":1}' }, ":zero": { N: "0" }, ":one": { N: "1" } },
  });
});

test("a delete carries its condition, and none where there is none", () => {
  expect(itemFor({ type: "delete", key, condition: { type: "present" } })).toEqual({
    Delete: {
      ...target,
      ConditionExpression: "attribute_exists(pk) AND (attribute_not_exists(e) OR e > :now)",
      ExpressionAttributeValues: { ":now": { N: "5000" } },
    },
  });
  expect(itemFor({ type: "delete", key, condition: { type: "none" } })).toEqual({ Delete: target });
});

test("a check is a ConditionCheck", () => {
  expect(itemFor({ type: "check", key, condition: { type: "absent" } })).toEqual({
    ConditionCheck: {
      ...target,
      ConditionExpression: "attribute_not_exists(pk) OR e <= :now",
      ExpressionAttributeValues: { ":now": { N: "5000" } },
    },
  });
});
