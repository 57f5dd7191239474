/** The one thing that stays up. It holds no right on AWS: whoever breaks into it holds only what the API gives a host. */
import { publicUrl } from "./api.ts";
import {
  HEALTH_PORT,
  network,
  POSTGRES_PORT,
  proxyGroup,
  proxyListener,
  proxyName,
  proxyTargets,
} from "./network.ts";
import { production, stage } from "./stage.ts";

const account = aws.getCallerIdentityOutput().accountId;
const partition = aws.getPartitionOutput().partition;
const region = aws.getRegionOutput().region;

const DATA_DIR = "/var/lib/postern";
const LOG_GROUP = `/${$app.name}/${$app.stage}/proxy`;

const cluster = new sst.aws.Cluster("Cluster", {
  // Subnets one by one: given the Vpc component, SST would put tasks into public subnets.
  vpc: {
    id: network.id,
    securityGroups: [proxyGroup.id],
    containerSubnets: network.privateSubnets,
    loadBalancerSubnets: network.publicSubnets,
  },
});

new sst.aws.Service("Proxy", {
  cluster,
  architecture: "arm64",
  cpu: "1 vCPU",
  memory: "2 GB",
  image: { context: ".", dockerfile: "packages/proxy/Dockerfile" },
  scaling: { min: production ? 2 : 1, max: 10, cpuUtilization: 60, memoryUtilization: false },
  logging: { name: LOG_GROUP, retention: "1 year" },
  environment: { POSTERN_CONFIG: configuration(), POSTERN_HEALTH_PORT: String(HEALTH_PORT) },
  transform: { taskRole, executionRole, taskDefinition, service },
});

/** The file that `postern start --config` reads, in JSON, which is YAML. */
function configuration() {
  return $jsonStringify({
    version: "v1",
    postern: {
      proxy_server: $output(publicUrl).apply((url) => `${new URL(url).hostname}:443`),
      data_dir: DATA_DIR,
      join: { method: "iam", token_name: "proxy" },
    },
    db_service: {
      listen_addr: `0.0.0.0:${POSTGRES_PORT}`,
      public_addr: $interpolate`${proxyName}:${POSTGRES_PORT}`,
      databases: stage.databases,
    },
  });
}

/** SST would open ECS Exec's channels. Joining by IAM (sts:GetCallerIdentity) takes no permission. */
function taskRole(args: aws.iam.RoleArgs): undefined {
  args.inlinePolicies = [];
}

/** What ECS does to start a task. SST's own may read every parameter and secret of the account. */
function executionRole(args: aws.iam.RoleArgs): undefined {
  const policy = aws.iam.getPolicyDocumentOutput({
    statements: [
      // AWS knows no resource for it: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
      { actions: ["ecr:GetAuthorizationToken"], resources: ["*"] },
      {
        actions: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        // The repository that SST's bootstrap makes for every app's images.
        resources: [$interpolate`arn:${partition}:ecr:${region}:${account}:repository/sst-asset`],
      },
      {
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [$interpolate`arn:${partition}:logs:${region}:${account}:log-group:${LOG_GROUP}:*`],
      },
    ],
  });
  args.managedPolicyArns = [];
  args.inlinePolicies = [{ name: "start-task", policy: policy.json }];
}

/** Narrows the container: its two ports, nothing to write to but the spool, and time to let sessions end. */
function taskDefinition(args: aws.ecs.TaskDefinitionArgs): undefined {
  args.volumes = [{ name: "spool" }];
  args.containerDefinitions = $jsonStringify(
    $jsonParse(args.containerDefinitions).apply((containers: object[]) =>
      containers.map((container) => ({
        ...container,
        portMappings: [{ containerPort: POSTGRES_PORT }, { containerPort: HEALTH_PORT }],
        pseudoTerminal: false,
        user: "node",
        readonlyRootFilesystem: true,
        linuxParameters: { initProcessEnabled: true, capabilities: { drop: ["ALL"] } },
        mountPoints: [{ sourceVolume: "spool", containerPath: DATA_DIR, readOnly: false }],
        // The most that Fargate takes.
        stopTimeout: 120,
      })),
    ),
  );
}

function service(args: aws.ecs.ServiceArgs, opts: $util.CustomResourceOptions): undefined {
  args.enableExecuteCommand = false;
  args.deploymentMinimumHealthyPercent = 100;
  args.deploymentMaximumPercent = 200;
  args.healthCheckGracePeriodSeconds = 60;
  args.loadBalancers = [
    { targetGroupArn: proxyTargets.arn, containerName: "Proxy", containerPort: POSTGRES_PORT },
  ];
  // ECS refuses a target group that no load balancer has yet.
  opts.dependsOn = [proxyListener];
}
