/**
 * The variables by which a deployment is configured (docs/deploy.md), checked once, before any resource is thought of.
 * Pure, so that tests can ask it without evaluating anything.
 */
import { ServedDatabase } from "@postern/core/api/host";
import { z } from "zod";

const DomainName = z.string().regex(/^([a-z0-9-]{1,63}\.)+[a-z]{2,63}$/, "expected a DNS name");

/** A user of one cluster or instance, or a role: never every cluster and never every role. */
const ConnectArn = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:(rds-db:[a-z0-9-]+:\d{12}:dbuser:(cluster|db)-[A-Z0-9]+\/[\w*+=,.@-]+|iam::\d{12}:role\/[\w+=,.@/-]+)$/,
    "expected arn:aws:rds-db:REGION:ACCOUNT:dbuser:RESOURCE-ID/DB-USER or arn:aws:iam::ACCOUNT:role/NAME",
  );

/** A database as the `databases` of a host's configuration file state it. */
const Database = z
  .strictObject({
    name: ServedDatabase.shape.name,
    description: ServedDatabase.shape.description.default(""),
    protocol: z.literal("postgres"),
    uri: ServedDatabase.shape.spec.shape.uri,
    labels: ServedDatabase.shape.labels.default({}),
    aws: ServedDatabase.shape.spec.shape.aws,
  })
  .refine(({ aws }) => aws.resource_id !== null || aws.assume_role_arn !== null, {
    message: "needs resource_id or assume_role_arn, or nothing may sign for it",
    path: ["aws"],
  });

const Environment = z.object({
  POSTERN_DOMAIN: DomainName.optional(),
  POSTERN_PROXY_DOMAIN: DomainName.optional(),
  POSTERN_DATABASES: z.string().default("[]").transform(parseJson).pipe(z.array(Database).max(100)),
  POSTERN_CONNECT_ARNS: z
    .string()
    .default("")
    .transform((text) => text.split(",").filter((arn) => arn !== ""))
    .pipe(z.array(ConnectArn).max(100)),
});

/** Throws a ZodError that names each variable that is wrong, and where in it. */
export function parseEnvironment(environment: Record<string, string | undefined>) {
  return Environment.parse(environment);
}

function parseJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: "custom", message: "expected a JSON array of databases" });
    return z.NEVER;
  }
}
