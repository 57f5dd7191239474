/** The HTTP API is the route table, the console's addresses, and nothing else. */
import { consoleMethods, consolePaths } from "@postern/core/api/console";
import { routes } from "@postern/core/api/routes";
import type { Graph, Resource } from "../support/graph.ts";
import { all, at, compareLines, expectAt, expectCount, type Rule, text } from "./rule.ts";

export const apiRoutes: Rule = (graph) =>
  compareLines(
    "routes",
    all(graph, "aws:apigatewayv2/route:Route").map(
      (route) => `${text(route.inputs["routeKey"])} -> ${target(graph, route)}`,
    ),
    [
      ...Object.values(routes).map((row) => `${row.method} ${row.path} -> ${row.function}`),
      ...consolePaths.flatMap((path) => consoleMethods.map((method) => `${method} ${path} -> web`)),
    ],
  );

function target(graph: Graph, route: Resource): string {
  const id = text(route.inputs["target"]).replace("integrations/", "");
  const integration = all(graph, "aws:apigatewayv2/integration:Integration").find(
    ({ name }) => `${name}-id` === id,
  );
  const name = text(integration?.inputs["integrationUri"]).replace(/.*:function:/, "");
  return name.replace(`postern-${graph.app.stage}-`, "");
}

/** Payload version 2.0, straight to a function: what handlers are written for. */
export const integrations: Rule = (graph) =>
  all(graph, "aws:apigatewayv2/integration:Integration").flatMap((integration) => [
    ...expectAt(integration, "integrationType", "AWS_PROXY"),
    ...expectAt(integration, "payloadFormatVersion", "2.0"),
  ]);

export const api: Rule = (graph) => [
  ...expectCount(graph, "aws:apigatewayv2/api:Api", 1),
  ...all(graph, "aws:apigatewayv2/api:Api").flatMap((resource) => [
    ...expectAt(resource, "corsConfiguration", {}),
    ...expectAt(
      resource,
      "disableExecuteApiEndpoint",
      all(graph, "aws:apigatewayv2/domainName:DomainName").length > 0,
    ),
  ]),
  ...all(graph, "aws:apigatewayv2/stage:Stage").flatMap((stage) => [
    ...expectAt(stage, "defaultRouteSettings", { throttlingBurstLimit: 1000, throttlingRateLimit: 2000 }),
    ...(at(stage.inputs, "accessLogSettings", "destinationArn") === undefined
      ? [{ resource: stage.name, detail: "has no access log" }]
      : []),
  ]),
];
