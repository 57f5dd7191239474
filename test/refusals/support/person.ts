/** A person who connects with node-postgres, with a credential of her own, and what she is shown. */
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import type { ConnectionOptions } from "node:tls";
import { type Client, createClient } from "@postern/client/client";
import { generateProofKey } from "@postern/client/proof";
import pg from "pg";
import type { Postern } from "../../support/postern.ts";

export interface Target {
  readonly database: string;
  readonly db_user: string;
  readonly db_name: string;
}

/** What a client shows of an ErrorResponse. */
export interface Shown {
  readonly severity: string | undefined;
  readonly code: string | undefined;
  readonly message: string;
  readonly hint: string | undefined;
}

const aurora: Target = { database: "aurora", db_user: "alice", db_name: "postgres" };

/** Logs in, as often as wanted: each login is another login session. */
export async function logIn(postern: Postern, { name, password } = postern.user): Promise<Person> {
  const { url, proxy } = postern;
  const key = await generateProofKey();
  const answer = await createClient({ url, key }).call("login", { body: { user: name, password } });
  const client = createClient({ url, key, accessToken: () => answer.access_token });
  return new Person(client, answer.host_ca, proxy.port);
}

export class Person {
  readonly client: Client;
  readonly #hostCa: readonly string[];
  readonly #port: number;

  constructor(client: Client, hostCa: readonly string[], port: number) {
    this.client = client;
    this.#hostCa = hostCa;
    this.#port = port;
  }

  /** A certificate for the target, and what a client needs beside it. */
  async certificate(target: Partial<Target> = {}): Promise<ConnectionOptions> {
    const { privateKey: key, publicKey: public_key } = generateKeyPairSync("ec", {
      namedCurve: "P-256",
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    const body = { type: "certificate", ...aurora, ...target, public_key } as const;
    const answer = await this.client.call("createCredential", { body });
    if (answer.type !== "certificate") throw new Error("no certificate");
    return { ca: [...this.#hostCa], cert: answer.certificate, key };
  }

  async token(target: Partial<Target> = {}): Promise<string> {
    const answer = await this.client.call("createCredential", {
      body: { type: "token", ...aurora, ...target },
    });
    if (answer.type !== "token") throw new Error("no token");
    return answer.token;
  }

  /** Connects with a certificate of her own, unless she has another one, or another password. */
  async connect(target: Partial<Target> = {}, config: pg.ClientConfig = {}): Promise<pg.Client> {
    const { db_user: user, db_name: database } = { ...aurora, ...target };
    const client = new pg.Client({
      host: "localhost",
      port: this.#port,
      user,
      database,
      ...config,
      ssl: config.ssl ?? (await this.certificate(target)),
    });
    client.on("error", () => undefined); // of an end that nobody waits for
    await client.connect();
    return client;
  }

  /** What she is shown instead of a session. */
  async refused(target: Partial<Target> = {}, config: pg.ClientConfig = {}): Promise<Shown> {
    const client = await this.connect(target, config).catch(shownBy);
    if (!(client instanceof pg.Client)) return client;
    await client.end();
    throw new Error("let in");
  }
}

/** What is shown to a session that is ended. */
export async function shownAtTheEnd(client: pg.Client): Promise<Shown> {
  const [error]: unknown[] = await once(client, "error");
  return shownBy(error);
}

/** @throws whatever is no ErrorResponse */
export function shownBy(error: unknown): Shown {
  if (!(error instanceof pg.DatabaseError)) throw error;
  const { severity, code, message, hint } = error;
  return { severity, code, message, hint };
}

/** Without what differs from one time to the next. */
export function masked(shown: Shown): Shown {
  return { ...shown, message: mask(shown.message), hint: shown.hint && mask(shown.hint) };
}

function mask(text: string): string {
  return text.replaceAll(/\bde_[0-9A-Z]{26}\b/g, "de_…").replaceAll(/\blocalhost:\d+/g, "localhost:PORT");
}
