/** What the stand-in Aurora is told at its start, and what it tells when it is ready. */
import { z } from "zod";
import { certificateKinds } from "./authority.ts";

/** Given as JSON in this variable: it holds secret keys, and a command line is for all to see. */
export const configVariable = "POSTERN_AURORA";

export const AuroraConfig = z.strictObject({
  dataDir: z.string(),
  /** 0 takes any free one. */
  port: z.int().min(0).max(65_535).default(0),
  region: z.string(),
  /** IAM's access keys, by id. Temporary ones have a session token. */
  accessKeys: z.record(
    z.string(),
    z.strictObject({ secretAccessKey: z.string(), sessionToken: z.string().optional() }),
  ),
  /** For tests of those who connect. */
  certificate: z.enum(certificateKinds).default("good"),
  /** SQL statements that are run once, after the demo's own, when the database is made. */
  moreSeed: z.array(z.string()).default([]),
  /** Have PostgreSQL log every statement, for tests that compare. */
  logStatements: z.boolean().default(false),
});
export type AuroraConfig = z.output<typeof AuroraConfig>;

/** Sent over IPC when connections are taken. */
export const AuroraReady = z.strictObject({
  type: z.literal("aurora ready"),
  /** The database is `localhost:<port>`: tokens must be signed for that. */
  port: z.int(),
  /** PEM file of the CA that vouches for it, as RDS's bundle does. */
  caFile: z.string(),
  /** The PostgreSQL behind it, for those who may go past it: benchmarks and tests. */
  postgres: z.strictObject({
    port: z.int(),
    superuser: z.strictObject({ name: z.string(), password: z.string() }),
    certificate: z.string(),
    statementLog: z.string().nullable(),
  }),
});
export type AuroraReady = z.output<typeof AuroraReady>;
