/** The proxy's container: its two ports, its spool, its configuration, and no way in. */
import type { Resource, Value } from "../support/graph.ts";
import { all, at, compareLines, expectAt, list, type Rule, text } from "./rule.ts";

export const service: Rule = (graph) =>
  all(graph, "aws:ecs/service:Service").flatMap((resource) => [
    ...expectAt(resource, "enableExecuteCommand", false),
    ...expectAt(resource, "desiredCount", graph.app.stage === "production" ? 2 : 1),
    ...expectAt(resource, "deploymentMinimumHealthyPercent", 100),
  ]);

export const container: Rule = (graph) =>
  all(graph, "aws:ecs/taskDefinition:TaskDefinition").flatMap((task) =>
    containers(task).flatMap((inputs) => {
      const resource = { ...task, inputs };
      return [
        ...expectAt(resource, "portMappings", [{ containerPort: 5432 }, { containerPort: 8080 }]),
        ...expectAt(resource, "user", "node"),
        ...expectAt(resource, "readonlyRootFilesystem", true),
        ...expectAt(resource, "pseudoTerminal", false),
        ...expectAt(resource, "linuxParameters.capabilities", { drop: ["ALL"] }),
        ...expectAt(resource, "stopTimeout", 120),
        ...expectAt(resource, "secrets", []),
        // Links would come as plain SST_RESOURCE_* variables.
        ...compareLines(
          task.name,
          list(inputs["environment"]).map((variable) => text(at(variable, "name"))),
          ["POSTERN_CONFIG", "POSTERN_HEALTH_PORT", "SST_RESOURCE_App"],
        ),
      ];
    }),
  );

/** The configuration that the proxy is started with, as GUIDE.md gives its form. */
export function configuration(task: Resource): Value {
  const variables = containers(task).flatMap((container) => list(container["environment"]));
  const variable = variables.find((each) => at(each, "name") === "POSTERN_CONFIG");
  return JSON.parse(text(at(variable, "value")));
}

function containers(task: Resource): { [key: string]: Value }[] {
  return JSON.parse(text(task.inputs["containerDefinitions"]));
}
