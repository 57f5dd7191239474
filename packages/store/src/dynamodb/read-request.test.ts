import { expect, test } from "vitest";
import type { Span } from "../range.ts";
import { getRequest, queryRequest } from "./read-request.ts";

test("an item is read consistently", () => {
  expect(getRequest("postern", { pk: "a", sk: "b" })).toEqual({
    TableName: "postern",
    Key: { pk: { S: "a" }, sk: { S: "b" } },
    ConsistentRead: true,
  });
});

const bounds: [string, Partial<Span>, string, object][] = [
  ["the whole partition", {}, "pk = :pk", {}],
  ["from", { low: { sk: "b", open: true } }, "pk = :pk AND sk >= :low", { ":low": { S: "b" } }],
  ["to", { high: { sk: "d", open: true } }, "pk = :pk AND sk <= :high", { ":high": { S: "d" } }],
  [
    "between",
    { low: { sk: "b", open: false }, high: { sk: "d", open: true } },
    "pk = :pk AND sk BETWEEN :low AND :high",
    { ":low": { S: "b" }, ":high": { S: "d" } },
  ],
];

test.each(bounds)(
  "a query of %s is consistent and has one condition on the sort key",
  (_, span, condition, values) => {
    expect(queryRequest("postern", { pk: "a", reverse: false, ...span }, 12)).toEqual({
      TableName: "postern",
      KeyConditionExpression: condition,
      ExpressionAttributeValues: { ":pk": { S: "a" }, ...values },
      ConsistentRead: true,
      ScanIndexForward: true,
      Limit: 12,
    });
  },
);

test("the other direction is DynamoDB's backward scan", () => {
  expect(queryRequest("postern", { pk: "a", reverse: true }, 1).ScanIndexForward).toBe(false);
});
