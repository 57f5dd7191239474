/** Every rule about the infrastructure, under its name. */
import type { Graph } from "../support/graph.ts";
import { api, apiRoutes, integrations } from "./api.ts";
import { type ConnectRights, functionRights, links } from "./function-rights.ts";
import { keyPolicies, signingKeys } from "./keys.ts";
import { loadBalancer, privateTasks, securityGroups } from "./network.ts";
import { container, service } from "./proxy.ts";
import {
  callers,
  knownRoles,
  noWildcard,
  onlyInlinePolicies,
  proxyRights,
  scheduleRights,
  trust,
} from "./roles.ts";
import type { Finding, Rule } from "./rule.ts";
import { kept, knownCalls, logRetention } from "./stage.ts";
import { bus, deadLetters, stream, table } from "./storage.ts";

export interface Violation extends Finding {
  readonly rule: string;
}

/** What a stage's configuration makes different. */
export interface Expectations {
  readonly connect: ConnectRights;
  readonly databasePorts: readonly number[];
}

export function rules({ connect, databasePorts }: Expectations): Record<string, Rule> {
  return {
    "function-rights": functionRights(connect),
    links,
    "proxy-rights": proxyRights,
    "schedule-rights": scheduleRights,
    "known-roles": knownRoles,
    trust,
    "only-inline-policies": onlyInlinePolicies,
    "no-wildcard": noWildcard,
    callers,
    "signing-keys": signingKeys,
    "key-policies": keyPolicies,
    table,
    stream,
    "dead-letters": deadLetters,
    bus,
    api,
    "api-routes": apiRoutes,
    integrations,
    "private-tasks": privateTasks,
    "load-balancer": loadBalancer,
    "security-groups": securityGroups(databasePorts),
    service,
    container,
    "log-retention": logRetention,
    kept,
    "known-calls": knownCalls,
  };
}

/** All that is wrong with an evaluated stage; empty for one that may be deployed. */
export function violations(graph: Graph, expectations: Expectations): Violation[] {
  return Object.entries(rules(expectations)).flatMap(([rule, check]) =>
    check(graph).map((finding) => ({ rule, ...finding })),
  );
}
