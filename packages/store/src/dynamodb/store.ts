import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import type { Store } from "../port.ts";
import { createStore } from "../store.ts";
import { createBackend } from "./backend.ts";

export interface DynamoStoreOptions {
  readonly table: string;
  /** Epoch milliseconds; decides what has expired. */
  readonly now: () => number;
  /** Where and as whom; in AWS the environment tells. The emulator gives its own (`test-support/emulator.ts`). */
  readonly config?: DynamoDBClientConfig;
}

/** The SDK has no time limit of its own: a connection that fell silent would hold a caller for ever. */
const TIME_LIMITS = { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true };

/** The store in AWS. Its changes come from the table's stream (`stream-record.ts`). */
export function openDynamoStore({ table, now, config }: DynamoStoreOptions): Store {
  const client = new DynamoDBClient({ requestHandler: TIME_LIMITS, ...config });
  return createStore(createBackend(client, table), now);
}
