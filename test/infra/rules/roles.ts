/** What holds for every role: who may take it, and that all it may do stands in its own policy, without wildcards. */
import type { Graph, Resource } from "../support/graph.ts";
import { all, at, compareLines, type Finding, list, type Rule, text } from "./rule.ts";
import { formatStatement, parseStatements, roleStatements, type Statement } from "./statements.ts";

const ROLE = "aws:iam/role:Role";

/** `sts:AssumeRole` for one AWS service and nobody else. */
export const trust: Rule = (graph) =>
  all(graph, ROLE).flatMap((role) => {
    const trusted = parseStatements(role.inputs["assumeRolePolicy"]).map(({ effect, actions, principal }) =>
      [effect, ...actions, JSON.stringify(principal)].join(" "),
    );
    return compareLines(role.name, trusted.map(withoutList), [
      `Allow sts:AssumeRole {"Service":"${service(role)}"}`,
    ]);
  });

function service(role: Resource): string {
  if (role.name === "ProxyTaskRole" || role.name === "ProxyExecutionRole") return "ecs-tasks.amazonaws.com";
  return role.name === "SweepRole" ? "scheduler.amazonaws.com" : "lambda.amazonaws.com";
}

function withoutList(principal: string): string {
  return principal.replace(/\["([^",]*)"\]/, '"$1"');
}

/** Rights that come from elsewhere would not be seen by the rules that read a role's own. */
export const onlyInlinePolicies: Rule = (graph) => [
  ...all(graph, ROLE).flatMap((role) =>
    list(role.inputs["managedPolicyArns"]).map((arn) => ({
      resource: role.name,
      detail: `holds ${text(arn)}`,
    })),
  ),
  ...graph.resources
    .filter(({ type }) =>
      /^aws:iam\/(\w*[pP]olicyAttachment|rolePolicy|policy|user|group|accessKey)/.test(type),
    )
    .map(({ name, type }) => ({ resource: name, detail: `is a ${type}` })),
];

/** AWS knows no resource for these: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html */
const WITHOUT_RESOURCE = ["ecr:GetAuthorizationToken"];

/** A wildcard at the end that narrows: the streams of one log group, the users of one database cluster. */
const NARROWED = [/:log-group:[^*]+:\*$/, /:rds-db:[^*]+:dbuser:(cluster|db)-[A-Z0-9]+\/[^/]*$/];

export const noWildcard: Rule = (graph) =>
  all(graph, ROLE).flatMap((role) =>
    roleStatements(role)
      .filter((statement) => statement.effect === "Allow" && isTooWide(statement))
      .map((statement) => ({ resource: role.name, detail: formatStatement(graph, statement) })),
  );

function isTooWide({ actions, resources }: Statement): boolean {
  const anyAction = actions.length === 0 || actions.some((action) => action.includes("*"));
  const anyResource =
    resources.length === 0 ||
    resources.some((arn) => arn.includes("*") && !NARROWED.some((pattern) => pattern.test(arn)));
  return anyAction || (anyResource && !actions.every((action) => WITHOUT_RESOURCE.includes(action)));
}

/** The proxy holds no right at all on AWS, and what starts it may fetch its image and write its log. */
export const proxyRights: Rule = (graph) => [
  ...exactRights(graph, "ProxyTaskRole", []),
  ...exactRights(graph, "ProxyExecutionRole", [
    "Allow ecr:GetAuthorizationToken on *",
    "Allow ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer on arn:aws:ecr:us-east-1:123456789012:repository/sst-asset",
    `Allow logs:CreateLogStream logs:PutLogEvents on arn:aws:logs:us-east-1:123456789012:log-group:/postern/${graph.app.stage}/proxy:*`,
  ]),
];

/** The clock may call the one function that it is there for. */
export const scheduleRights: Rule = (graph) =>
  exactRights(graph, "SweepRole", ["Allow lambda:InvokeFunction on IngestFunction"]);

/** A role that no rule speaks of is one that nobody has thought about. */
export const knownRoles: Rule = (graph) =>
  compareLines(
    "roles",
    all(graph, ROLE).map((role) => role.name),
    [
      ...["Auth", "Join", "Authorize", "Ingest", "Admin", "Read", "Deliver", "Web"].map(
        (name) => `${name}Role`,
      ),
      "SweepRole",
      "ProxyTaskRole",
      "ProxyExecutionRole",
    ],
  );

function exactRights(graph: Graph, name: string, expected: string[]): Finding[] {
  const roles = all(graph, ROLE).filter((role) => role.name === name);
  const lines = roles.flatMap((role) =>
    roleStatements(role).map((statement) => formatStatement(graph, statement)),
  );
  return compareLines(name, lines, expected);
}

/** Nothing but the API, the stream and the clock calls a function: no function has a URL, no permission is open. */
export const callers: Rule = (graph) => [
  ...all(graph, "aws:lambda/functionUrl:FunctionUrl").map(({ name }) => ({
    resource: name,
    detail: "is a URL",
  })),
  ...all(graph, "aws:lambda/permission:Permission").flatMap((permission) => {
    const { principal, sourceArn } = permission.inputs;
    const isApi =
      principal === "apigateway.amazonaws.com" && /:execute-api:.*:mock\/\*\/\*$/.test(text(sourceArn));
    return isApi ? [] : [{ resource: permission.name, detail: `lets ${text(principal)} in` }];
  }),
  ...all(graph, "aws:scheduler/schedule:Schedule").flatMap((schedule) => {
    const target = graph.namesByArn[text(at(schedule.inputs, "target", "arn"))];
    const input = text(at(schedule.inputs, "target", "input"));
    const isSweep = target === "IngestFunction" && input === '{"type":"sweep"}';
    return isSweep ? [] : [{ resource: schedule.name, detail: `calls ${target} with ${input}` }];
  }),
];
