/** Client certificates for one database, user and name, held in memory alone and renewed before they end. */
import { generateKeyPairSync } from "node:crypto";
import type { Client } from "@postern/client/client";
import { Fault } from "@postern/core/fault";
import type { Clock } from "@postern/core/time";

export interface Target {
  readonly database: string;
  readonly db_user: string;
  readonly db_name: string;
}

export interface ClientCertificate {
  /** In PEM, as the key. */
  readonly certificate: string;
  readonly privateKey: string;
  /** `host:port` of the proxy that serves the database. */
  readonly publicAddr: string;
  readonly expiresAt: number;
}

export interface CertificateSource {
  /** Good for half a minute at least, if the login lasts as long. Throws Fault: `access.denied`, `auth.expired`, … */
  get(): Promise<ClientCertificate>;
}

const margin = 30_000;

/** Asks for a certificate when none is held or the one held is about to end; concurrent callers share one request. */
export function certificateSource(
  client: Client,
  target: Target,
  clock: Clock = Date.now,
): CertificateSource {
  let held: ClientCertificate | undefined;
  let pending: Promise<ClientCertificate> | undefined;
  const request = async () => {
    try {
      held = await requestCertificate(client, target);
      return held;
    } finally {
      pending = undefined;
    }
  };
  return {
    async get() {
      if (held && held.expiresAt - clock() > margin) return held;
      pending ??= request();
      return pending;
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
    publicAddr: answer.public_addr,
    expiresAt: Date.parse(answer.expires_at),
  };
}
