/**
 * Mistakes, and the rules that must report each: nothing less, nothing more. Those made in the source go the whole way
 * through SST's components; those made in the graph are what a component's next version might do.
 */
import { type Finding, text } from "./rules/rule.ts";
import type { Graph, Resource, SourceEdit, Value } from "./support/graph.ts";

/** `rule of resource`, once for however many lines. */
export type Reported = `${string} of ${string}`;

export interface SourceMutant {
  readonly title: string;
  readonly edit: SourceEdit;
  readonly reported: readonly Reported[];
}

export interface GraphMutant {
  readonly title: string;
  /** Changes the copy that it is given. */
  readonly change: (graph: Graph) => void;
  readonly reported: readonly Reported[];
}

export function reportedBy(violations: readonly (Finding & { rule: string })[]): Reported[] {
  return [...new Set(violations.map(({ rule, resource }): Reported => `${rule} of ${resource}`))].sort();
}

const linkedToTable = ["Admin", "Auth", "Authorize", "Deliver", "Ingest", "Join", "Read"];
const functions = [...linkedToTable, "Web"];

export const sourceMutants: readonly SourceMutant[] = [
  {
    title: "read may do anything with the table",
    edit: {
      file: "infra/permissions.ts",
      find: "read: [onTable(read)",
      replace: 'read: [onTable(["dynamodb:*"])',
    },
    reported: ["function-rights of ReadRole", "no-wildcard of ReadRole"],
  },
  {
    title: "a link to the table grants what SST grants by itself",
    edit: { file: "infra/storage.ts", find: "sst.Linkable.wrap(", replace: "void (" },
    reported: linkedToTable.flatMap((name): Reported[] => [
      `function-rights of ${name}Role`,
      `no-wildcard of ${name}Role`,
    ]),
  },
  {
    title: "authorize may sign with the user CA's key",
    edit: {
      file: "infra/permissions.ts",
      find: "...connect(),",
      replace: "...connect(), ...sign(userCaKey),",
    },
    reported: ["function-rights of AuthorizeRole"],
  },
  {
    title: "join may write the tokens by which it admits hosts",
    edit: {
      file: "infra/permissions.ts",
      find: "neverChange([...people, ...rules, ",
      replace: "neverChange([...people, ",
    },
    reported: ["function-rights of JoinRole"],
  },
  {
    title: "the host CA's key listens to auth",
    edit: { file: "infra/key-policies.ts", find: "functions.join", replace: "functions.auth" },
    reported: ["key-policies of HostCaKeyPolicy"],
  },
  {
    title: "roles of functions are left as SST makes them",
    edit: { file: "infra/functions.ts", find: "role: (args) => {", replace: "logGroup: (args: any) => {" },
    reported: functions.flatMap((name): Reported[] => [
      `only-inline-policies of ${name}Role`,
      `trust of ${name}Role`,
    ]),
  },
  {
    title: "the proxy may log in to databases by itself",
    edit: {
      file: "infra/proxy.ts",
      find: "args.inlinePolicies = [];",
      replace: `args.inlinePolicies = [{ name: "inline", policy: JSON.stringify({ Version: "2012-10-17", Statement: [
        { Effect: "Allow", Action: "rds-db:connect", Resource: "arn:aws:rds-db:us-east-1:123456789012:dbuser:cluster-ABC/*" },
      ] }) }];`,
    },
    reported: ["proxy-rights of ProxyTaskRole"],
  },
  {
    title: "the proxy is linked to the table",
    edit: { file: "infra/proxy.ts", find: "  cluster,\n", replace: "  cluster,\n  link: [network],\n" },
    reported: ["container of ProxyTask"],
  },
  {
    title: "the proxy's tasks go where SST would put them",
    edit: { file: "infra/proxy.ts", find: "  vpc: {", replace: "  vpc: network, unused: {" },
    reported: ["private-tasks of ProxyService"],
  },
  {
    title: "changes that can't be delivered are dropped",
    edit: { file: "infra/triggers.ts", find: "args.destinationConfig =", replace: "const dropped =" },
    reported: ["stream of TableSubscriberDeliverEventSourceMapping"],
  },
  {
    title: "pages of any origin may call the API",
    edit: { file: "infra/api.ts", find: "cors: false,", replace: "" },
    reported: ["api of ApiApi"],
  },
];

export const graphMutants: readonly GraphMutant[] = [
  {
    title: "the clock may call every function",
    change: (graph) => {
      change(graph, "SweepRole", "inlinePolicies", [
        {
          policy: JSON.stringify({
            Statement: [{ Effect: "Allow", Action: "lambda:InvokeFunction", Resource: "*" }],
          }),
        },
      ]);
    },
    reported: ["no-wildcard of SweepRole", "schedule-rights of SweepRole"],
  },
  {
    title: "the function that serves the console does something else as well",
    change: (graph) => {
      const policies = find(graph, "DeliverRole").inputs["inlinePolicies"];
      change(graph, "WebRole", "inlinePolicies", policies);
    },
    reported: ["function-rights of WebRole"],
  },
  {
    title: "the function that serves the console is told of the table",
    change: (graph) => {
      graph.linksOf["Web"] = ["Table"];
    },
    reported: ["links of Web"],
  },
  {
    title: "a role that nobody has thought about",
    change: (graph) => {
      graph.resources.push({ ...find(graph, "ReadRole"), name: "NewRole" });
    },
    reported: ["known-roles of roles"],
  },
  {
    title: "a function has a URL",
    change: (graph) => {
      graph.resources.push(resource("aws:lambda/functionUrl:FunctionUrl", "AuthUrl"));
    },
    reported: ["callers of AuthUrl"],
  },
  {
    title: "a key is deleted with the stack, and not protected",
    change: (graph) => {
      Object.assign(find(graph, "HostCaKey"), { retainOnDelete: false, protect: false });
    },
    reported: ["signing-keys of HostCaKey"],
  },
  {
    title: "a key encrypts",
    change: (graph) => change(graph, "UserCaKey", "keyUsage", "ENCRYPT_DECRYPT"),
    reported: ["signing-keys of UserCaKey"],
  },
  {
    title: "whoever administers a key may hand out grants for it",
    change: (graph) => {
      const policy = find(graph, "UserCaKeyPolicy");
      policy.inputs["policy"] = text(policy.inputs["policy"]).replace("kms:DescribeKey", "kms:CreateGrant");
    },
    reported: ["key-policies of UserCaKeyPolicy"],
  },
  {
    title: "the table may be deleted",
    change: (graph) => change(graph, "TableTable", "deletionProtectionEnabled", false),
    reported: ["table of TableTable"],
  },
  {
    title: "the queue forgets after four days",
    change: (graph) => change(graph, "StreamDeadLetters", "messageRetentionSeconds", 345_600),
    reported: ["dead-letters of StreamDeadLetters"],
  },
  {
    title: "events are not archived",
    change: (graph) => remove(graph, "BusArchive"),
    reported: ["bus of aws:cloudwatch/eventArchive:EventArchive"],
  },
  {
    title: "a route is missing",
    change: (graph) => remove(graph, "RouteLogout"),
    reported: ["api-routes of routes"],
  },
  {
    title: "a page of the console is missing",
    change: (graph) => remove(graph, "RouteWebGetActivity"),
    reported: ["api-routes of routes"],
  },
  {
    title: "a route goes to another function",
    change: (graph) => change(graph, "RouteOpenSession", "target", "integrations/ApiReadIntegration-id"),
    reported: ["api-routes of routes"],
  },
  {
    title: "a function gets another payload than its handler reads",
    change: (graph) => change(graph, "ApiAuthIntegration", "payloadFormatVersion", "1.0"),
    reported: ["integrations of ApiAuthIntegration"],
  },
  {
    title: "TLS ends at the load balancer",
    change: (graph) => change(graph, "ProxyListener", "protocol", "TLS"),
    reported: ["load-balancer of listeners"],
  },
  {
    title: "everybody reaches the proxy",
    change: (graph) => {
      const rule = find(graph, "ProxyFromLoadBalancerPostgres");
      delete rule.inputs["referencedSecurityGroupId"];
      rule.inputs["cidrIpv4"] = "0.0.0.0/0";
    },
    reported: ["security-groups of security group rules"],
  },
  {
    title: "the default security group is open",
    change: (graph) => change(graph, "NetworkSecurityGroup", "egress", [{ cidrBlocks: ["0.0.0.0/0"] }]),
    reported: ["security-groups of NetworkSecurityGroup"],
  },
  {
    title: "people may open a shell in the proxy",
    change: (graph) => change(graph, "ProxyService", "enableExecuteCommand", true),
    reported: ["service of ProxyService"],
  },
  {
    title: "logs are kept for ever",
    change: (graph) => change(graph, "AuthLogGroup", "retentionInDays", 0),
    reported: ["log-retention of AuthLogGroup"],
  },
  {
    title: "production can be removed by a command",
    change: (graph) => {
      Object.assign(graph.app, { protect: false, removal: "remove" });
    },
    reported: ["kept of app"],
  },
  {
    title: "SST looks something up that nobody has thought about",
    change: (graph) => {
      graph.unknownCalls.push("aws:ec2/getAmi:getAmi");
    },
    reported: ["known-calls of aws:ec2/getAmi:getAmi"],
  },
];

function change(graph: Graph, name: string, key: string, value: Value): void {
  find(graph, name).inputs[key] = value;
}

function remove(graph: Graph, name: string): void {
  graph.resources.splice(graph.resources.indexOf(find(graph, name)), 1);
}

function find(graph: Graph, name: string): Resource {
  const found = graph.resources.find((candidate) => candidate.custom && candidate.name === name);
  if (found === undefined) throw new Error(`the graph has no ${name}`);
  return found;
}

function resource(type: string, name: string): Resource {
  return { type, name, custom: true, protect: false, retainOnDelete: false, inputs: {} };
}
