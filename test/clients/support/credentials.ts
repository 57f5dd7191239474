/** What `postern db login` gives other programs: files, and the variables and the URL that name them. */
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { userSession } from "@postern/cli/session";
import { homeOf } from "../../support/local.ts";
import type { Postern } from "../../support/postern.ts";

/** A way to the database, verified in full, and with a certificate. */
export interface Way {
  /** libpq's variables (manual, "libpq - Environment Variables"). */
  readonly env: Readonly<Record<string, string>>;
  readonly jdbcUrl: string;
}

export async function wayFor(postern: Postern): Promise<Way> {
  process.env["POSTERN_HOME"] = homeOf(postern.dataDir);
  const { client, hostCa } = await userSession({});
  const { privateKey, publicKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const target = { database: "aurora", db_user: "alice", db_name: "postgres" };
  const body = { type: "certificate", ...target, public_key: publicKey } as const;
  const answer = await client.call("createCredential", { body });
  if (answer.type !== "certificate") throw new Error("no certificate");
  const folder = join(homeOf(postern.dataDir), "files");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const write = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const files = {
    root: write("root.pem", hostCa.join("\n")),
    certificate: write("cert.pem", answer.certificate),
    key: write("key.pem", privateKey),
    keyDer: write("key.pk8", createPrivateKey(privateKey).export({ type: "pkcs8", format: "der" })),
  };
  const parameters = new URLSearchParams({
    user: "alice",
    sslmode: "verify-full",
    sslrootcert: files.root,
    sslcert: files.certificate,
    sslkey: files.keyDer,
  });
  return {
    env: {
      PGHOST: "localhost",
      PGPORT: String(postern.proxy.port),
      PGUSER: "alice",
      PGDATABASE: "postgres",
      PGSSLMODE: "verify-full",
      PGSSLROOTCERT: files.root,
      PGSSLCERT: files.certificate,
      PGSSLKEY: files.key,
    },
    jdbcUrl: `jdbc:postgresql://localhost:${postern.proxy.port}/postgres?${parameters.toString().replaceAll("+", "%20")}`,
  };
}

/** The same, by another port of this machine. */
export function throughPort(port: number, { env, jdbcUrl }: Way): Way {
  return {
    env: { ...env, PGPORT: String(port) },
    jdbcUrl: jdbcUrl.replace(`localhost:${env["PGPORT"]}`, `localhost:${port}`),
  };
}
