/** Writes the configuration of a database service: GUIDE, "Steps 2 and 3". */
import { hostname } from "node:os";
import { formatServiceConfig } from "@postern/core/config/format";
import { ListenAddressText, parseListenAddress } from "@postern/core/config/listen-address";
import { apiOrigin, isLoopback, ServerAddress } from "@postern/core/config/server-url";
import { ServiceConfig } from "@postern/core/config/service-config";
import { Labels } from "@postern/core/label/labels";
import { Database } from "@postern/core/resource/db";
import { EndpointText } from "@postern/core/resource/endpoint";
import { type Command, InvalidArgumentError, Option } from "commander";
import { UsageError } from "../../../failure.ts";
import { example, parseBy, withFormat } from "../../../options.ts";
import { parseOutput, writeOutput } from "../../../output/new-file.ts";

const { region, account_id, resource_id, assume_role_arn, external_id } = Database.shape.spec.shape.aws.shape;

export function addCreateCommand(configure: Command): void {
  const create = configure
    .command("create")
    .description("write the configuration that `postern start` reads")
    .addOption(
      new Option("--join-method <method>", "how the host joins").choices(["token", "iam"]).default("token"),
    )
    .option("--token <token>", "the join token, or the path of a file that holds it")
    .option("--token-name <name>", "with --join-method=iam: the token resource whose rules admit the host")
    .requiredOption(
      "--name <name>",
      "what people call the database",
      parseBy(Database.shape.metadata.shape.name),
    )
    .requiredOption("--proxy <host:port>", "the Postern server", parseBy(ServerAddress))
    .addOption(
      new Option("--protocol <protocol>", "what the database speaks")
        .choices(["postgres"])
        .makeOptionMandatory(),
    )
    .requiredOption("--uri <host:port>", "where the database is", parseBy(EndpointText))
    .requiredOption("--aws-region <region>", "its region", parseBy(region))
    .option("--labels <labels>", "such as env=prod,team=core", parseLabels, {})
    .option("--description <text>", "for people", "")
    .option(
      "--listen-addr <host:port>",
      "where the service listens",
      parseBy(ListenAddressText),
      "0.0.0.0:5440",
    )
    .option(
      "--public-addr <host:port>",
      "where clients find it; this host's name by default",
      parseBy(EndpointText),
    )
    .option("--ca-cert-file <path>", "whom to trust for the certificate of a server that isn't RDS")
    .option("--aws-account-id <id>", "the database's account", parseBy(account_id.unwrap()))
    .option("--aws-resource-id <id>", "the cluster's resource id", parseBy(resource_id.unwrap()))
    .option("--aws-assume-role-arn <arn>", "the role that may connect", parseBy(assume_role_arn.unwrap()))
    .option("--aws-external-id <id>", "what that role asks of who assumes it", parseBy(external_id.unwrap()))
    .option("--data-dir <folder>", "where the service keeps its identity", "/var/lib/postern")
    .option("--output <where>", "file:///PATH, which must not be there yet, or stdout", parseOutput, "stdout")
    .action(createConfiguration);
  example(
    withFormat(create),
    "postern db configure create --token=./token --name=aurora --proxy=localhost:3080 --protocol=postgres --uri=HOST:5432 --aws-region=us-west-1 --labels env=prod --output file:///etc/postern.yaml",
  );
}

interface CreateOptions {
  readonly joinMethod: "token" | "iam";
  readonly token?: string;
  readonly tokenName?: string;
  readonly name: string;
  readonly proxy: string;
  readonly protocol: string;
  readonly uri: string;
  readonly awsRegion: string;
  readonly labels: Record<string, string>;
  readonly description: string;
  readonly listenAddr: string;
  readonly publicAddr?: string;
  readonly caCertFile?: string;
  readonly awsAccountId?: string;
  readonly awsResourceId?: string;
  readonly awsAssumeRoleArn?: string;
  readonly awsExternalId?: string;
  readonly dataDir: string;
  readonly output: string;
  readonly format: string;
}

/** `env=prod,team=core`; commander calls it again for a flag that is given again. */
function parseLabels(text: string, before: Record<string, string>): Record<string, string> {
  const pairs = text.split(",").map((pair) => /^([^=]+)=(.*)$/s.exec(pair.trim()));
  const labels = Object.fromEntries(pairs.map((match) => [match?.[1] ?? "", match?.[2] ?? ""]));
  const parsed = Labels.safeParse({ ...before, ...labels });
  if (parsed.success && !pairs.includes(null)) return parsed.data;
  throw new InvalidArgumentError("Expected labels such as env=prod,team=core.");
}

function createConfiguration(options: CreateOptions): void {
  const config = configurationFrom(options);
  const isJson = options.format === "json";
  const text = isJson ? `${JSON.stringify(config, null, 2)}\n` : formatServiceConfig(config);
  writeOutput(options.output, text, isJson, "postern start --config");
}

function configurationFrom(options: CreateOptions): ServiceConfig {
  return ServiceConfig.parse({
    version: "v1",
    postern: {
      proxy_server: options.proxy,
      data_dir: options.dataDir,
      join: joinFrom(options),
    },
    db_service: {
      listen_addr: options.listenAddr,
      public_addr: options.publicAddr ?? defaultPublicAddress(options),
      databases: [databaseFrom(options)],
    },
  });
}

function joinFrom({ joinMethod, token, tokenName }: CreateOptions): ServiceConfig["postern"]["join"] {
  if (joinMethod === "iam") {
    if (tokenName === undefined) throw new UsageError("--join-method=iam needs --token-name");
    if (token !== undefined) throw new UsageError("--join-method=iam takes --token-name, not --token");
    return { method: "iam", token_name: tokenName };
  }
  if (tokenName !== undefined) throw new UsageError("--token-name goes with --join-method=iam");
  if (token === undefined || token === "")
    throw new UsageError("--token is missing: `postern tokens add --type=db` makes one");
  return { method: "token", token };
}

/** A server on this machine is reached from this machine; it is what tokens name unless they are told otherwise. */
function defaultPublicAddress({ proxy, listenAddr }: CreateOptions): string {
  const { port = 0 } = parseListenAddress(listenAddr) ?? {};
  const { hostname: server } = new URL(apiOrigin(proxy) ?? "");
  const address = `${isLoopback(server) ? "localhost" : hostname()}:${port}`;
  if (EndpointText.safeParse(address).success) return address;
  throw new UsageError(`--public-addr is missing: ${address} is no address that clients could dial`);
}

function databaseFrom(options: CreateOptions) {
  return {
    name: options.name,
    description: options.description,
    protocol: options.protocol,
    uri: options.uri,
    labels: options.labels,
    tls: { ca_cert_file: options.caCertFile ?? null },
    aws: {
      region: options.awsRegion,
      account_id: options.awsAccountId ?? null,
      resource_id: options.awsResourceId ?? null,
      assume_role_arn: options.awsAssumeRoleArn ?? null,
      external_id: options.awsExternalId ?? null,
    },
  };
}
