/** Only the load balancer is reached from outside, only on PostgreSQL's port, and only it and other tasks reach the proxy. */
import type { Graph, Resource, Value } from "../support/graph.ts";
import { all, at, compareLines, expectAt, expectCount, list, type Rule, text } from "./rule.ts";

export const privateTasks: Rule = (graph) => [
  ...expectCount(graph, "aws:ecs/service:Service", 1),
  ...all(graph, "aws:ecs/service:Service").flatMap((service) => [
    ...expectAt(service, "networkConfiguration.assignPublicIp", false),
    ...expectAt(service, "networkConfiguration.subnets", [
      "NetworkPrivateSubnet1-id",
      "NetworkPrivateSubnet2-id",
    ]),
    ...expectAt(service, "networkConfiguration.securityGroups", ["ProxyGroup-id"]),
  ]),
  ...all(graph, "aws:ec2/subnet:Subnet")
    .filter(({ name, inputs }) => name.includes("Private") && inputs["mapPublicIpOnLaunch"] === true)
    .map(({ name }) => ({ resource: name, detail: "gives public addresses" })),
  ...all(graph, "aws:ec2/instance:Instance").map(({ name }) => ({
    resource: name,
    detail: "is an instance",
  })),
];

export const loadBalancer: Rule = (graph) => [
  ...all(graph, "aws:lb/loadBalancer:LoadBalancer").flatMap((balancer) => [
    ...expectAt(balancer, "loadBalancerType", "network"),
    ...expectAt(balancer, "securityGroups", ["LoadBalancerGroup-id"]),
    ...expectAt(balancer, "enableDeletionProtection", graph.app.stage === "production"),
  ]),
  ...compareLines(
    "listeners",
    all(graph, "aws:lb/listener:Listener").map(
      ({ inputs }) => `${text(inputs["protocol"])} ${text(inputs["port"])}`,
    ),
    ["TCP 5432"],
  ),
  ...expectCount(graph, "aws:lb/targetGroup:TargetGroup", 1),
  ...all(graph, "aws:lb/targetGroup:TargetGroup").flatMap((targets) => [
    ...expectAt(targets, "protocol", "TCP"),
    ...expectAt(targets, "port", 5432),
    ...expectAt(targets, "proxyProtocolV2", false),
    ...expectAt(targets, "preserveClientIp", "true"),
    ...expectAt(targets, "healthCheck.protocol", "HTTP"),
    ...expectAt(targets, "healthCheck.port", "8080"),
    ...expectAt(targets, "healthCheck.path", "/healthz"),
  ]),
];

/** `databasePorts`: where the databases of the stage's configuration listen. */
export function securityGroups(databasePorts: readonly number[]): Rule {
  return (graph) => [
    ...compareLines("security group rules", rules(graph), [
      "LoadBalancerGroup from 0.0.0.0/0 tcp 5432-5432",
      "LoadBalancerGroup to ProxyGroup tcp 5432-5432",
      "LoadBalancerGroup to ProxyGroup tcp 8080-8080",
      "ProxyGroup from LoadBalancerGroup tcp 5432-5432",
      "ProxyGroup from LoadBalancerGroup tcp 8080-8080",
      "ProxyGroup from ProxyGroup tcp 5432-5432",
      "ProxyGroup to ProxyGroup tcp 5432-5432",
      ...[443, ...databasePorts].map((port) => `ProxyGroup to 0.0.0.0/0 tcp ${port}-${port}`),
    ]),
    ...[
      ...all(graph, "aws:ec2/securityGroup:SecurityGroup"),
      ...all(graph, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"),
    ]
      .filter(({ inputs }) => list(inputs["ingress"]).length + list(inputs["egress"]).length > 0)
      .map(({ name }) => ({ resource: name, detail: "has rules of its own" })),
  ];
}

function rules(graph: Graph): string[] {
  return [
    ...all(graph, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").map((rule) =>
      line(rule, "from"),
    ),
    ...all(graph, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule").map((rule) => line(rule, "to")),
  ];
}

function line({ inputs }: Resource, direction: "from" | "to"): string {
  const peer =
    inputs["referencedSecurityGroupId"] ?? inputs["cidrIpv4"] ?? inputs["cidrIpv6"] ?? inputs["prefixListId"];
  const ports = `${text(at(inputs, "fromPort"))}-${text(at(inputs, "toPort"))}`;
  return `${withoutId(inputs["securityGroupId"])} ${direction} ${withoutId(peer)} ${text(inputs["ipProtocol"])} ${ports}`;
}

/** The stand-in makes a resource's id of its name. */
function withoutId(value: Value): string {
  return text(value).replace(/-id$/, "");
}
