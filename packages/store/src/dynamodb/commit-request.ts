/** Builds TransactWriteItems requests; sending them is `backend.ts`. */
import type { TransactWriteItem, TransactWriteItemsCommandInput, Update } from "@aws-sdk/client-dynamodb";
import type { EncodedPut, EncodedWrite } from "../item.ts";
import type { Condition } from "../port.ts";
import { type Attributes, keyToAttributes, numeric, ttlSeconds } from "./attributes.ts";
import { conditionExpression, versionExpression } from "./condition.ts";

/**
 * A single write goes as a transaction, too. Only a transaction has a ClientRequestToken, by which DynamoDB knows a
 * request that comes again after the network lost its answer; a PutItem sent again would fail its own condition.
 */
export function commitRequest(
  table: string,
  writes: readonly EncodedWrite[],
  now: number,
  token: string,
): TransactWriteItemsCommandInput {
  return { ClientRequestToken: token, TransactItems: writes.map((write) => transactItem(table, write, now)) };
}

function transactItem(table: string, write: EncodedWrite, now: number): TransactWriteItem {
  const target = {
    TableName: table,
    Key: keyToAttributes(write.key),
    // A failed condition brings the item that stood there in the same round trip.
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  } as const;
  switch (write.type) {
    case "put":
      return { Update: { ...target, ...putUpdate(write, now) } };
    case "delete":
      return { Delete: { ...target, ...conditionOf(write.condition, now) } };
    case "check": {
      const { text, values } = conditionExpression(write.condition, now);
      return { ConditionCheck: { ...target, ConditionExpression: text, ExpressionAttributeValues: values } };
    }
    default:
      return write satisfies never;
  }
}

function conditionOf(condition: Condition, now: number) {
  if (condition.type === "none") {
    return {};
  }
  const { text, values } = conditionExpression(condition, now);
  return { ConditionExpression: text, ExpressionAttributeValues: values };
}

/** A put is an Update, because only an Update can count the version up; it sets or removes every attribute. */
function putUpdate(put: EncodedPut, now: number): Omit<Update, "Key" | "TableName"> {
  const version = versionExpression(put.condition);
  const condition = conditionOf(put.condition, now);
  const set = ["v = :v", `n = ${version.text}`];
  const remove: string[] = [];
  const values: Attributes = {
    ":v": { S: put.json },
    ...version.values,
    ...condition.ExpressionAttributeValues,
  };
  if (put.bytes === undefined) {
    remove.push("b");
  } else {
    set.push("b = :b");
    values[":b"] = { B: put.bytes };
  }
  if (put.expiresAt === undefined) {
    remove.push("e", "#ttl");
  } else {
    set.push("e = :e", "#ttl = :ttl");
    values[":e"] = numeric(put.expiresAt);
    values[":ttl"] = numeric(ttlSeconds(put.expiresAt));
  }
  return {
    ...condition,
    UpdateExpression: `SET ${set.join(", ")}${remove.length > 0 ? ` REMOVE ${remove.join(", ")}` : ""}`,
    ExpressionAttributeNames: { "#ttl": "ttl" }, // a reserved word
    ExpressionAttributeValues: values,
  };
}
