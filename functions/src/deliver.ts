/** The table's stream to EventBridge. */
import { createEventBridge } from "@postern/control/cloud/event-bus";
import { openDynamoStore } from "@postern/store/dynamodb/store";
import { changeFromStreamRecord } from "@postern/store/dynamodb/stream-record";
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from "aws-lambda";
import { env } from "./env.ts";
import { deliverChanges } from "./handlers/deliver.ts";

const deps = {
  bus: createEventBridge({ busName: env.busName() }),
  store: openDynamoStore({ table: env.tableName(), now: Date.now }),
};

/** Lambda goes on from the record that it is told of (ReportBatchItemFailures). */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const failed = await deliverChanges(deps, Records.map(changeFromStreamRecord));
  return { batchItemFailures: failed === undefined ? [] : [{ itemIdentifier: failed }] };
}
