/** What calls each function: the API's routes and the console's, the table's stream, the clock. */
import { consoleMethods, consolePaths } from "@postern/core/api/console";
import type { FunctionName } from "@postern/core/api/route";
import { routes } from "@postern/core/api/routes";
import { api } from "./api.ts";
import { deadLetters } from "./events.ts";
import { functions } from "./functions.ts";
import { capitalize } from "./name.ts";
import { table } from "./storage.ts";

const rows = Object.entries(routes);
const called: FunctionName[] = [...new Set(rows.map(([, route]) => route.function)), "web"];
const targets = new Map(called.map((name) => [name, integrate(name)]));

for (const [name, route] of rows) addRoute(name, `${route.method} ${route.path}`, route.function);
for (const path of consolePaths) {
  for (const method of consoleMethods) addRoute(consoleRouteName(method, path), `${method} ${path}`, "web");
}

table.subscribe("Deliver", functions.deliver.arn, {
  transform: {
    eventSourceMapping: (args) => {
      args.startingPosition = "TRIM_HORIZON";
      args.batchSize = 100;
      args.functionResponseTypes = ["ReportBatchItemFailures"];
      args.bisectBatchOnFunctionError = true;
      args.maximumRetryAttempts = 10;
      args.destinationConfig = { onFailure: { destinationArn: deadLetters.arn } };
    },
  },
});

/** Ends the sessions of hosts that are gone. */
new sst.aws.CronV2("Sweep", {
  schedule: "rate(1 minute)",
  function: functions.ingest.arn,
  event: { type: "sweep" },
});

function addRoute(name: string, routeKey: string, target: FunctionName) {
  new aws.apigatewayv2.Route(`Route${capitalize(name)}`, {
    apiId: api.nodes.api.id,
    routeKey,
    target: $interpolate`integrations/${targets.get(target)?.id}`,
    // Functions authenticate: a proof is bound to method and URL, which no authorizer of API Gateway checks.
    authorizationType: "NONE",
  });
}

/** `WebGetLogin` for `GET /login`, `WebHead` for `HEAD /`. */
function consoleRouteName(method: string, path: string): string {
  const words = [method.toLowerCase(), ...path.split(/\W+/)];
  return `web${words.map(capitalize).join("")}`;
}

/** One integration and one permission a function: each route's own would outgrow a function's policy of 20 KB. */
function integrate(name: FunctionName) {
  const target = functions[name];
  const permission = new aws.lambda.Permission(`Api${capitalize(name)}Permission`, {
    action: "lambda:InvokeFunction",
    function: target.arn,
    principal: "apigateway.amazonaws.com",
    sourceArn: $interpolate`${api.nodes.api.executionArn}/*/*`,
  });
  return new aws.apigatewayv2.Integration(
    `Api${capitalize(name)}Integration`,
    {
      apiId: api.nodes.api.id,
      integrationType: "AWS_PROXY",
      integrationUri: target.arn,
      payloadFormatVersion: "2.0",
    },
    { dependsOn: [permission] },
  );
}
