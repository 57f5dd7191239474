/** The way to the proxy: a load balancer in public subnets, tasks in private ones, and what may pass between them. */
import { parseEndpoint } from "@postern/core/resource/endpoint";
import { production, stage } from "./stage.ts";

/** PostgreSQL, with TLS that ends in the proxy: the protocol starts in the clear, so no listener can end it. */
export const POSTGRES_PORT = 5432;
export const HEALTH_PORT = 8080;

export const network = new sst.aws.Vpc("Network", {
  az: 2,
  // The proxy reaches the API, ECR and CloudWatch by public names.
  nat: "managed",
  transform: {
    // What ends up in the default group by mistake reaches nothing and is reached by nothing.
    securityGroup: (args) => {
      args.ingress = [];
      args.egress = [];
    },
  },
});

const loadBalancerGroup = securityGroup("LoadBalancerGroup", "Load balancer: PostgreSQL from anywhere");
export const proxyGroup = securityGroup("ProxyGroup", "Proxy: the load balancer in; API and databases out");

new aws.vpc.SecurityGroupIngressRule("LoadBalancerFromClients", {
  securityGroupId: loadBalancerGroup.id,
  cidrIpv4: "0.0.0.0/0",
  ...tcp(POSTGRES_PORT),
});
for (const [name, port] of [["Postgres", POSTGRES_PORT] as const, ["Health", HEALTH_PORT] as const]) {
  new aws.vpc.SecurityGroupEgressRule(`LoadBalancerToProxy${name}`, {
    securityGroupId: loadBalancerGroup.id,
    referencedSecurityGroupId: proxyGroup.id,
    ...tcp(port),
  });
  new aws.vpc.SecurityGroupIngressRule(`ProxyFromLoadBalancer${name}`, {
    securityGroupId: proxyGroup.id,
    referencedSecurityGroupId: loadBalancerGroup.id,
    ...tcp(port),
  });
}
// A cancel lands on any task: it is passed on to the one whose session is meant.
new aws.vpc.SecurityGroupIngressRule("ProxyFromProxy", {
  securityGroupId: proxyGroup.id,
  referencedSecurityGroupId: proxyGroup.id,
  ...tcp(POSTGRES_PORT),
});
new aws.vpc.SecurityGroupEgressRule("ProxyToProxy", {
  securityGroupId: proxyGroup.id,
  referencedSecurityGroupId: proxyGroup.id,
  ...tcp(POSTGRES_PORT),
});
for (const port of new Set([443, ...stage.databases.map(databasePort)])) {
  new aws.vpc.SecurityGroupEgressRule(`ProxyTo${port}`, {
    securityGroupId: proxyGroup.id,
    cidrIpv4: "0.0.0.0/0",
    ...tcp(port),
  });
}

const loadBalancer = new aws.lb.LoadBalancer("LoadBalancer", {
  loadBalancerType: "network",
  internal: false,
  subnets: network.publicSubnets,
  securityGroups: [loadBalancerGroup.id],
  enableCrossZoneLoadBalancing: true,
  enableDeletionProtection: production,
});

export const proxyTargets = new aws.lb.TargetGroup("ProxyTargets", {
  vpcId: network.id,
  targetType: "ip",
  port: POSTGRES_PORT,
  protocol: "TCP",
  // The proxy sees the client's own address, which the audit log names, and needs no header for it.
  proxyProtocolV2: false,
  preserveClientIp: "true",
  deregistrationDelay: 120,
  healthCheck: {
    protocol: "HTTP",
    port: String(HEALTH_PORT),
    path: "/healthz",
    interval: 10,
    healthyThreshold: 2,
    unhealthyThreshold: 2,
  },
});

export const proxyListener = new aws.lb.Listener("ProxyListener", {
  loadBalancerArn: loadBalancer.arn,
  port: POSTGRES_PORT,
  protocol: "TCP",
  // The most that AWS takes: people think between statements. Both sides send TCP keepalives besides.
  tcpIdleTimeoutSeconds: 6000,
  defaultActions: [{ type: "forward", targetGroupArn: proxyTargets.arn }],
});

if (stage.proxyDomain !== undefined) {
  sst.aws.dns().createAlias(
    "Proxy",
    {
      name: stage.proxyDomain,
      aliasName: loadBalancer.dnsName,
      aliasZone: loadBalancer.zoneId,
    },
    {},
  );
}

/** The DNS name that clients dial, and that the proxy's certificate carries. */
export const proxyName = $output(stage.proxyDomain ?? loadBalancer.dnsName);

/** Without inline rules: what isn't stated by a rule of its own is closed, both ways. */
function securityGroup(name: string, description: string) {
  return new aws.ec2.SecurityGroup(name, { vpcId: network.id, description });
}

function tcp(port: number) {
  return { ipProtocol: "tcp", fromPort: port, toPort: port };
}

function databasePort({ uri }: { uri: string }): number {
  return parseEndpoint(uri)?.port ?? POSTGRES_PORT;
}
