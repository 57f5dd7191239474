/** Builds GetItem and Query requests, always strongly consistent; sending them is `backend.ts`. */
import type { GetItemCommandInput, QueryCommandInput } from "@aws-sdk/client-dynamodb";
import type { Key } from "../port.ts";
import type { Span } from "../range.ts";
import { type Attributes, keyToAttributes } from "./attributes.ts";

export function getRequest(table: string, key: Key): GetItemCommandInput {
  return { TableName: table, Key: keyToAttributes(key), ConsistentRead: true };
}

/** Both ends of the span are included: DynamoDB has no half-open BETWEEN. */
export function queryRequest(table: string, span: Span, count: number): QueryCommandInput {
  const { text, values } = sortKeyCondition(span);
  return {
    TableName: table,
    KeyConditionExpression: `pk = :pk${text}`,
    ExpressionAttributeValues: { ":pk": { S: span.pk }, ...values },
    ConsistentRead: true,
    ScanIndexForward: !span.reverse,
    Limit: count,
  };
}

function sortKeyCondition({ low, high }: Span): { text: string; values: Attributes } {
  const values: Attributes = {
    ...(low && { ":low": { S: low.sk } }),
    ...(high && { ":high": { S: high.sk } }),
  };
  if (low && high) {
    return { text: " AND sk BETWEEN :low AND :high", values };
  }
  if (low) {
    return { text: " AND sk >= :low", values };
  }
  return { text: high ? " AND sk <= :high" : "", values };
}
