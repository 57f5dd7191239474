/** The table and its stream: nothing remembered is lost, and no change is dropped without a trace. */
import type { Value } from "../support/graph.ts";
import { all, at, expectAt, expectCount, type Rule, text } from "./rule.ts";

export const table: Rule = (graph) => [
  ...expectCount(graph, "aws:dynamodb/table:Table", 1),
  ...all(graph, "aws:dynamodb/table:Table").flatMap((resource) => [
    ...expectAt(resource, "hashKey", "pk"),
    ...expectAt(resource, "rangeKey", "sk"),
    ...expectAt(resource, "ttl", { attributeName: "ttl", enabled: true }),
    ...expectAt(resource, "streamViewType", "NEW_AND_OLD_IMAGES"),
    ...expectAt(resource, "pointInTimeRecovery.enabled", true),
    ...expectAt(resource, "deletionProtectionEnabled", graph.app.stage === "production"),
  ]),
];

export const stream: Rule = (graph) => [
  ...expectCount(graph, "aws:lambda/eventSourceMapping:EventSourceMapping", 1),
  ...all(graph, "aws:lambda/eventSourceMapping:EventSourceMapping").flatMap((mapping) => [
    ...expectAt(mapping, "functionResponseTypes", ["ReportBatchItemFailures"]),
    ...expectAt(mapping, "bisectBatchOnFunctionError", true),
    ...expectAt(mapping, "maximumRetryAttempts", 10),
    // LATEST would skip what is written between the table's making and the mapping's.
    ...expectAt(mapping, "startingPosition", "TRIM_HORIZON"),
    ...named(graph.namesByArn, mapping.name, at(mapping.inputs, "functionName"), "DeliverFunction"),
    ...named(
      graph.namesByArn,
      mapping.name,
      at(mapping.inputs, "destinationConfig", "onFailure", "destinationArn"),
      "StreamDeadLetters",
    ),
  ]),
];

/** Kept as long as SQS can, encrypted, and closed to all but roles of this account. */
export const deadLetters: Rule = (graph) => [
  ...expectCount(graph, "aws:sqs/queue:Queue", 1),
  ...all(graph, "aws:sqs/queue:Queue").flatMap((queue) => [
    ...expectAt(queue, "messageRetentionSeconds", 1_209_600),
    ...expectAt(queue, "sqsManagedSseEnabled", true),
  ]),
  ...all(graph, "aws:sqs/queuePolicy:QueuePolicy").map(({ name }) => ({
    resource: name,
    detail: "opens a queue",
  })),
];

export const bus: Rule = (graph) => [
  ...expectCount(graph, "aws:cloudwatch/eventBus:EventBus", 1),
  ...expectCount(graph, "aws:cloudwatch/eventArchive:EventArchive", 1),
  ...all(graph, "aws:cloudwatch/eventArchive:EventArchive").flatMap((archive) => [
    ...named(graph.namesByArn, archive.name, archive.inputs["eventSourceArn"], "BusBus"),
    ...expectAt(archive, "retentionDays", 90),
  ]),
  ...all(graph, "aws:cloudwatch/eventBusPolicy:EventBusPolicy").map(({ name }) => ({
    resource: name,
    detail: "opens the bus",
  })),
];

function named(names: Record<string, string>, resource: string, arn: Value, expected: string) {
  const actual = names[text(arn)] ?? text(arn);
  return actual === expected ? [] : [{ resource, detail: `names ${actual}, not ${expected}` }];
}
