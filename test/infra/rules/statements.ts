/** IAM statements, read from a role or a policy document. */
import type { Graph, Resource, Value } from "../support/graph.ts";
import { at, list, text } from "./rule.ts";

export interface Statement {
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly principal: Value;
  readonly condition: Value;
}

/** All that a role's own policies say. (That it has no others is a rule of its own.) */
export function roleStatements(role: Resource): Statement[] {
  return list(role.inputs["inlinePolicies"]).flatMap((policy) => parseStatements(at(policy, "policy")));
}

/** Of a policy document, given as JSON text or as an object. */
export function parseStatements(document: Value): Statement[] {
  const parsed: Value = typeof document === "string" ? JSON.parse(document) : document;
  return list(at(parsed, "Statement")).map((statement) => ({
    effect: text(at(statement, "Effect")),
    actions: list(at(statement, "Action")).map(text).sort(),
    resources: list(at(statement, "Resource")).map(text).sort(),
    principal: at(statement, "Principal"),
    condition: at(statement, "Condition"),
  }));
}

/** One line for people: `Allow dynamodb:GetItem on TableTable if …`, with names in place of ARNs. */
export function formatStatement(graph: Graph, { effect, actions, resources, condition }: Statement): string {
  const on = resources.map((arn) => nameOf(graph, arn)).join(" ");
  return `${effect} ${actions.join(" ")} on ${on}${formatCondition(condition)}`;
}

/** The resource's name in the program, with what follows its ARN; the ARN itself where the program made none such. */
export function nameOf(graph: Graph, arn: string): string {
  const owner = Object.keys(graph.namesByArn).find((known) => arn === known || arn.startsWith(`${known}/`));
  return owner === undefined
    ? arn
    : `${graph.namesByArn[owner]}${arn.slice(owner.length).replace(/\/.*/, "/…")}`;
}

function formatCondition(condition: Value): string {
  if (typeof condition !== "object" || condition === null || Array.isArray(condition)) return "";
  const tests = Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(typeof keys === "object" && keys !== null && !Array.isArray(keys) ? keys : {}).map(
      ([key, values]) => `${operator} ${key} ${list(values).map(text).join("|")}`,
    ),
  );
  return ` if ${tests.join(" and ")}`;
}
