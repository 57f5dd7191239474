/** The Lambda functions, a function for each set of rights (permissions.ts). What calls them stands in triggers.ts. */
import type { FunctionName } from "@postern/core/api/route";
import { publicUrl } from "./api.ts";
import { writeConsole } from "./console.ts";
import { bus } from "./events.ts";
import { accessTokenKey, hostCaKey, userCaKey } from "./keys.ts";
import { capitalize } from "./name.ts";
import { proxyName } from "./network.ts";
import { permissions } from "./permissions.ts";
import { stage } from "./stage.ts";
import { table } from "./storage.ts";

const account = aws.getCallerIdentityOutput().accountId;
const partition = aws.getPartitionOutput().partition;
const region = aws.getRegionOutput().region;

/** Facts of this deployment that functions answer by: names, no secret. */
const settings = new sst.Linkable("Settings", {
  properties: { clusterName: stage.clusterName, publicUrl, proxyNames: proxyName },
});

/** What a function finds in SST's `Resource`: names and ids. A link grants nothing. */
const links: Record<FunctionName, unknown[]> = {
  auth: [table, userCaKey, accessTokenKey, settings],
  join: [table, hostCaKey, settings],
  authorize: [table, settings],
  ingest: [table, settings],
  admin: [table, settings],
  read: [table, settings],
  deliver: [table, bus],
  web: [],
};

export const functions: Record<FunctionName, sst.aws.Function> = {
  auth: createFunction("auth"),
  join: createFunction("join"),
  authorize: createFunction("authorize"),
  ingest: createFunction("ingest"),
  admin: createFunction("admin"),
  read: createFunction("read"),
  deliver: createFunction("deliver"),
  web: createFunction("web"),
};

function createFunction(name: FunctionName) {
  const physicalName = `${$app.name}-${$app.stage}-${name}`;
  return new sst.aws.Function(capitalize(name), {
    name: physicalName,
    handler: `functions/src/${name}.handler`,
    description: `Postern control plane: ${name}`,
    architecture: "arm64",
    // A whole vCPU for whoever hashes passwords.
    memory: name === "auth" ? "1769 MB" : "1024 MB",
    timeout: "10 seconds",
    logging: { retention: "1 year", format: "json" },
    nodejs: { minify: true, sourcemap: true },
    environment: { NODE_OPTIONS: "--enable-source-maps" },
    link: links[name],
    ...(name === "web" && { hook: { postbuild: writeConsole } }),
    permissions: [...permissions[name], ownLog(physicalName)],
    transform: {
      role: (args) => {
        // SST would let every principal of the account assume the role (for `sst dev`): signing keys and all.
        args.assumeRolePolicy = aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" });
        // AWSLambdaBasicExecutionRole may write every log of the account; ownLog() is enough.
        args.managedPolicyArns = [];
      },
    },
  });
}

function ownLog(functionName: string) {
  return {
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resources: [
      $interpolate`arn:${partition}:logs:${region}:${account}:log-group:/aws/lambda/${functionName}:*`,
    ],
  };
}
