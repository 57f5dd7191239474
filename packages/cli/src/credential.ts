/** Client certificates for one database, user and name, held in memory alone and renewed before they end. */
import { generateKeyPairSync } from "node:crypto";
import type { Client } from "@postern/client/client";
import { Fault } from "@postern/core/fault";

export interface Target {
  readonly database: string;
  readonly db_user: string;
  readonly db_name: string;
}

export interface ClientCertificate {
  readonly certificate: string;
  readonly privateKey: string;
  readonly hostCa: readonly string[];
  /** `host:port` of the proxy that serves the database. */
  readonly publicAddr: string;
  readonly expiresAt: number;
}

export interface CertificateSource {
  /** Good for at least half a minute. Throws Fault: `access.denied`, `auth.expired`, … */
  get(): Promise<ClientCertificate>;
}

const margin = 30_000;

/** Asks for a certificate when none is held or the one held is about to end; concurrent callers share one request. */
export function certificateSource(client: Client, target: Target): CertificateSource {
  let held: Promise<ClientCertificate> | undefined;
  return {
    async get() {
      const current = await held?.catch(() => undefined);
      if (current && current.expiresAt - Date.now() > margin) return current;
      held = requestCertificate(client, target);
      return held;
    },
  };
}

async function requestCertificate(client: Client, target: Target): Promise<ClientCertificate> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const body = { type: "certificate", ...target, public_key: publicKey } as const;
  const answer = await client.call("createCredential", { body });
  if (answer.type !== "certificate") throw new Fault("internal", "asked for a certificate and got none");
  return {
    certificate: answer.certificate,
    privateKey,
    hostCa: answer.host_ca,
    publicAddr: answer.public_addr,
    expiresAt: Date.parse(answer.expires_at),
  };
}
