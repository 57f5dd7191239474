/** Stand-in for the AWS provider: what a resource would know once made, and what look-ups would answer. */

export const ACCOUNT = "123456789012";
export const REGION = "us-east-1";

export type Properties = Record<string, unknown>;

/** What Pulumi asks a mock for a new resource. */
export interface NewResource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Properties;
  readonly id?: string;
}

/** The name in the program of each resource that has an ARN. */
export const namesByArn: Record<string, string> = {};

/** Look-ups that the stand-in had no answer for: a test asserts that there were none. */
export const unknownCalls = new Set<string>();

export function newResource({ type, name, inputs, id }: NewResource): { id: string; state: Properties } {
  const state = { ...inputs };
  if (type.startsWith("aws:")) {
    state["arn"] = arn(type, physicalName(name, inputs));
    state["name"] ??= name;
    namesByArn[String(state["arn"])] = name;
  }
  Object.assign(state, computed[type]?.(state));
  return { id: id || `${name}-id`, state };
}

export function call({ token, inputs }: { token: string; inputs: Properties }): Properties {
  const answer = calls[token];
  if (answer === undefined) unknownCalls.add(token);
  return answer === undefined ? inputs : answer(inputs);
}

function physicalName(name: string, inputs: Properties): string {
  const given = inputs["name"] ?? inputs["family"];
  return typeof given === "string" ? given : name;
}

function arn(type: string, name: string): string {
  const here = `${REGION}:${ACCOUNT}`;
  switch (type) {
    case "aws:iam/role:Role":
      return `arn:aws:iam::${ACCOUNT}:role/${name}`;
    case "aws:dynamodb/table:Table":
      return `arn:aws:dynamodb:${here}:table/${name}`;
    case "aws:lambda/function:Function":
      return `arn:aws:lambda:${here}:function:${name}`;
    case "aws:sqs/queue:Queue":
      return `arn:aws:sqs:${here}:${name}`;
    case "aws:cloudwatch/eventBus:EventBus":
      return `arn:aws:events:${here}:event-bus/${name}`;
    case "aws:cloudwatch/logGroup:LogGroup":
      return `arn:aws:logs:${here}:log-group:${name}`;
    default: {
      const [, service = "", resource = ""] = /^aws:(\w+)\/(\w+):/.exec(type) ?? [];
      return `arn:aws:${service}:${here}:${resource}/${name}`;
    }
  }
}

const computed: Record<string, (state: Properties) => Properties> = {
  "aws:dynamodb/table:Table": ({ arn }) => ({ streamArn: `${String(arn)}/stream/2026-01-01T00:00:00.000` }),
  "aws:lambda/function:Function": ({ arn }) => ({
    version: "$LATEST",
    qualifiedArn: `${String(arn)}:$LATEST`,
    invokeArn: `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/${String(arn)}/invocations`,
    lastModified: "2026-01-01T00:00:00Z",
  }),
  "aws:apigatewayv2/api:Api": () => ({
    apiEndpoint: `https://mock.execute-api.${REGION}.amazonaws.com`,
    executionArn: `arn:aws:execute-api:${REGION}:${ACCOUNT}:mock`,
  }),
  "aws:apigatewayv2/domainName:DomainName": () => ({
    domainNameConfiguration: {
      targetDomainName: `d-mock.execute-api.${REGION}.amazonaws.com`,
      hostedZoneId: "Z2",
    },
  }),
  "aws:acm/certificate:Certificate": ({ domainName }) => ({
    domainValidationOptions: [
      {
        domainName,
        resourceRecordName: `_mock.${String(domainName)}`,
        resourceRecordType: "CNAME",
        resourceRecordValue: "_mock.acm-validations.aws",
      },
    ],
  }),
  "aws:lb/loadBalancer:LoadBalancer": ({ name }) => ({
    dnsName: `${String(name)}.elb.${REGION}.amazonaws.com`,
    zoneId: "Z1",
  }),
  "aws:kms/key:Key": ({ description }) => ({ keyId: `key of ${String(description)}` }),
  "aws:ec2/vpc:Vpc": () => ({ defaultSecurityGroupId: "sg-default", mainRouteTableId: "rtb-main" }),
  "aws:ecs/taskDefinition:TaskDefinition": ({ arn }) => ({ arnWithoutRevision: arn }),
  "docker-build:index:Image": () => ({ digest: `sha256:${"0".repeat(64)}`, ref: "mock" }),
  "random:index/randomBytes:RandomBytes": () => ({ base64: Buffer.alloc(32, 7).toString("base64") }),
};

interface Statement {
  readonly sid?: string;
  readonly effect?: string;
  readonly actions?: readonly string[];
  readonly resources?: readonly string[];
  readonly principals?: readonly { type: string; identifiers: readonly string[] }[];
  readonly conditions?: readonly { test: string; variable: string; values: readonly string[] }[];
}

const calls: Record<string, (inputs: Properties) => Properties> = {
  "aws:iam/getPolicyDocument:getPolicyDocument": (inputs) => ({ ...inputs, json: policyDocument(inputs) }),
  "aws:index/getRegion:getRegion": () => ({ id: REGION, region: REGION }),
  "aws:index/getPartition:getPartition": () => ({ id: "aws", partition: "aws", dnsSuffix: "amazonaws.com" }),
  "aws:index/getCallerIdentity:getCallerIdentity": () => ({ accountId: ACCOUNT }),
  "aws:index/getAvailabilityZones:getAvailabilityZones": () => ({
    names: [`${REGION}a`, `${REGION}b`, `${REGION}c`],
  }),
  "aws:ecr/getAuthorizationToken:getAuthorizationToken": () => ({
    proxyEndpoint: "https://mock",
    userName: "AWS",
    password: "mock",
  }),
};

function policyDocument(inputs: Properties): string {
  // The provider's schema; infra/ is checked against it by the compiler.
  const statements = (inputs["statements"] ?? []) as readonly Statement[];
  return JSON.stringify({ Version: "2012-10-17", Statement: statements.map(policyStatement) });
}

function policyStatement({ sid, effect, actions, resources, principals, conditions }: Statement) {
  const condition: Record<string, Record<string, readonly string[]>> = {};
  for (const { test, variable, values } of conditions ?? []) {
    condition[test] = { ...condition[test], [variable]: values };
  }
  return {
    Sid: sid,
    Effect: effect ?? "Allow",
    Action: actions,
    Resource: resources,
    Principal:
      principals && Object.fromEntries(principals.map(({ type, identifiers }) => [type, identifiers])),
    Condition: Object.keys(condition).length === 0 ? undefined : condition,
  };
}
