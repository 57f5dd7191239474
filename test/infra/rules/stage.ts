/** What a stage keeps: logs for a year, and production whatever command is typed. */
import { all, type Rule, text } from "./rule.ts";

export const logRetention: Rule = (graph) =>
  all(graph, "aws:cloudwatch/logGroup:LogGroup")
    .filter(({ inputs }) => inputs["retentionInDays"] !== 365)
    .map(({ name, inputs }) => ({
      resource: name,
      detail: `keeps ${text(inputs["retentionInDays"])} days`,
    }));

export const kept: Rule = ({ app, resources }) => {
  const isProduction = app.stage === "production";
  const lost = resources.filter(
    ({ type, retainOnDelete }) => type === "aws:dynamodb/table:Table" && retainOnDelete !== isProduction,
  );
  return [
    ...(app.protect === isProduction ? [] : [{ resource: "app", detail: `protect is ${app.protect}` }]),
    ...(app.removal === (isProduction ? "retain" : "remove")
      ? []
      : [{ resource: "app", detail: `removal is ${app.removal}` }]),
    ...lost.map(({ name, retainOnDelete }) => ({
      resource: name,
      detail: `retainOnDelete is ${retainOnDelete}`,
    })),
  ];
};

/** What the stand-in for AWS could not answer, nobody has looked at. */
export const knownCalls: Rule = ({ unknownCalls }) =>
  unknownCalls.map((call) => ({ resource: call, detail: "is a look-up without an answer" }));
