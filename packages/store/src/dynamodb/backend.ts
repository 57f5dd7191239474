import { randomUUID } from "node:crypto";
import {
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
} from "@aws-sdk/client-dynamodb";
import { backOff, MAX_ATTEMPTS } from "../backoff.ts";
import type { Backend, BackendCommitResult } from "../store.ts";
import { itemFromAttributes } from "./attributes.ts";
import { commitRequest } from "./commit-request.ts";
import { commitFailure, readFailure } from "./error.ts";
import { getRequest, queryRequest } from "./read-request.ts";

export function createBackend(client: DynamoDBClient, table: string): Backend {
  return {
    read: async (key) => {
      const { Item } = await answered(client.send(new GetItemCommand(getRequest(table, key))));
      return Item && itemFromAttributes(Item);
    },
    page: async (span, count) => {
      const page = await answered(client.send(new QueryCommand(queryRequest(table, span, count))));
      return { items: (page.Items ?? []).map(itemFromAttributes), more: page.LastEvaluatedKey !== undefined };
    },
    commit: async (writes, now) => await commit(client, commitRequest(table, writes, now, randomUUID())),
    close: () => client.destroy(),
  };
}

async function answered<T>(response: Promise<T>): Promise<T> {
  try {
    return await response;
  } catch (error) {
    throw readFailure(error);
  }
}

/**
 * Sends the very same request each time, token and conditions' time included. So whichever attempt DynamoDB applied,
 * a later one (the SDK's or ours) is told of that success and applies nothing again.
 */
async function commit(
  client: DynamoDBClient,
  request: TransactWriteItemsCommandInput,
): Promise<BackendCommitResult> {
  for (let tried = 1; ; tried += 1) {
    const outcome = await attempt(client, request);
    switch (outcome.type) {
      case "committed":
      case "conflict":
        return outcome;
      case "failed":
        throw outcome.error;
      case "busy":
        if (tried === MAX_ATTEMPTS) {
          throw outcome.error;
        }
        await backOff(tried);
    }
  }
}

async function attempt(client: DynamoDBClient, request: TransactWriteItemsCommandInput) {
  try {
    await client.send(new TransactWriteItemsCommand(request));
    return { type: "committed" } as const;
  } catch (error) {
    return commitFailure(error);
  }
}
