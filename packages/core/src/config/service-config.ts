/**
 * The configuration of a database service, as `postern db configure create` writes it and `postern start` reads it: GUIDE,
 * "Steps 2 and 3". The keys stand in the order in which they are written.
 */
import { z } from "zod";
import { Labels } from "../label/labels.ts";
import { Database } from "../resource/db.ts";
import { EndpointText } from "../resource/endpoint.ts";
import { ListenAddressText } from "./listen-address.ts";
import { ServerAddress } from "./server-url.ts";

const { protocol, uri, aws } = Database.shape.spec.shape;

const ServedDatabaseConfig = z.strictObject({
  name: Database.shape.metadata.shape.name,
  description: z.string().max(1024).default(""),
  protocol,
  uri,
  labels: Labels.default({}),
  tls: z
    .strictObject({ ca_cert_file: z.string().min(1).nullable().default(null) })
    .default({ ca_cert_file: null }),
  aws,
});

const JoinConfig = z.discriminatedUnion("method", [
  z.strictObject({ method: z.literal("token"), token: z.string().min(1) }),
  z.strictObject({ method: z.literal("iam"), token_name: z.string().min(1) }),
]);

export const ServiceConfig = z.strictObject({
  version: z.literal("v1"),
  postern: z.strictObject({
    proxy_server: ServerAddress,
    data_dir: z.string().min(1),
    join: JoinConfig,
  }),
  db_service: z.strictObject({
    listen_addr: ListenAddressText.default("0.0.0.0:5440"),
    public_addr: EndpointText,
    databases: z.array(ServedDatabaseConfig).max(1000).superRefine(refuseDuplicates),
  }),
});
export type ServiceConfig = z.infer<typeof ServiceConfig>;

function refuseDuplicates(databases: readonly { readonly name: string }[], context: z.RefinementCtx): void {
  const seen = new Set<string>();
  for (const [index, { name }] of databases.entries()) {
    if (seen.has(name)) context.addIssue({ code: "custom", path: [index, "name"], message: "is here twice" });
    seen.add(name);
  }
}
