/** What DynamoDB's refusals mean for a commit or a read. */
import { DynamoDBServiceException, TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { StoreError } from "../error.ts";
import type { BackendCommitResult } from "../store.ts";
import { itemFromAttributes } from "./attributes.ts";

/** Reasons for which a transaction was called off though no condition failed: another one was there, or throttling. */
const PASSING_REASONS = new Set(["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]);

/** What the SDK tries again for a while before it gives up, though DynamoDB counts it as the client's fault. */
const PASSING_ERRORS = new Set([
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ThrottlingException",
  "TransactionInProgressException",
]);

/** A commit's failed attempt: decided by a condition, worth another attempt, or neither. */
export type CommitFailure =
  | Exclude<BackendCommitResult, { type: "committed" }>
  | { readonly type: "busy"; readonly error: StoreError }
  | { readonly type: "failed"; readonly error: unknown };

/**
 * A failed condition decides, also beside a passing reason at another write: the commit can't succeed as it stands.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html#API_TransactWriteItems_Errors
 */
export function commitFailure(error: unknown): CommitFailure {
  if (!(error instanceof TransactionCanceledException)) {
    return { type: "failed", error: readFailure(error) };
  }
  const reasons = error.CancellationReasons ?? [];
  const index = reasons.findIndex(({ Code }) => Code === "ConditionalCheckFailed");
  if (index >= 0) {
    const attributes = reasons[index]?.Item;
    return { type: "conflict", index, item: attributes && itemFromAttributes(attributes) };
  }
  const codes = reasons.map(({ Code }) => Code ?? "None").filter((code) => code !== "None");
  if (codes.length > 0 && codes.every((code) => PASSING_REASONS.has(code))) {
    return {
      type: "busy",
      error: new StoreError("store.busy", "others hold the same items, try again", error),
    };
  }
  return { type: "failed", error };
}

/**
 * Network, timeouts, server faults and throttling beyond the SDK's retries are `store.unavailable`. DynamoDB's other
 * refusals pass unchanged: missing rights, no such table, an invalid request are for whoever deployed or wrote this.
 */
export function readFailure(error: unknown): unknown {
  if (
    error instanceof DynamoDBServiceException &&
    error.$fault === "client" &&
    !PASSING_ERRORS.has(error.name)
  ) {
    return error;
  }
  return new StoreError("store.unavailable", "DynamoDB did not answer, try again", error);
}
