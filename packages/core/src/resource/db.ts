import { z } from "zod";
import { EndpointText } from "./endpoint.ts";
import { Metadata } from "./metadata.ts";
import { strictObject } from "./strict.ts";

/** Formats: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html and `API_AssumeRole` for the external id. */
const Aws = strictObject({
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$/, "expected a region such as us-west-1"),
  account_id: z
    .string("expected a text of 12 digits, in quotes")
    .regex(/^[0-9]{12}$/, "expected a text of 12 digits, in quotes")
    .nullable()
    .default(null),
  resource_id: z
    .string()
    .regex(/^(cluster|db)-[A-Z0-9]{1,64}$/, "expected a resource id such as cluster-ABC")
    .nullable()
    .default(null),
  assume_role_arn: z
    .string()
    .max(2048)
    .regex(/^arn:aws[a-z-]*:iam::[0-9]{12}:role\/[\w+=,.@/-]+$/, "expected the ARN of an IAM role")
    .nullable()
    .default(null),
  external_id: z
    .string()
    .min(2)
    .max(1224)
    .regex(/^[\w+=,.@:/-]+$/, "expected letters, digits and _ + = , . @ : / -")
    .nullable()
    .default(null),
});

/** Servers that aren't RDS bring the certificate authority that their certificate is checked against. */
const Tls = strictObject({
  ca_cert_pem: z
    .string()
    .max(65_536)
    .regex(/^\s*-----BEGIN CERTIFICATE-----/, "expected a PEM certificate")
    .nullable()
    .default(null),
});

/** A database that people connect to: what it is, not who serves it (`db_server`). */
export const Database = strictObject({
  kind: z.literal("db"),
  version: z.literal("v3"),
  metadata: Metadata,
  spec: strictObject({
    protocol: z.literal("postgres"),
    uri: EndpointText,
    tls: Tls.default({ ca_cert_pem: null }),
    aws: Aws,
  }),
});
export type Database = z.infer<typeof Database>;
