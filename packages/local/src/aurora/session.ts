/**
 * A session at the stand-in Aurora. PostgreSQL's own pg_hba.conf decides what a role is asked for: a member of `rds_iam` it
 * trusts, on the Unix socket, and any other role, known or not, it asks for SASL. What it asks is passed on. Where it trusts, its
 * answer is held until the client has shown a good IAM token. Membership is looked up nowhere else, so that no two answers differ.
 */
import { connect, type Socket } from "node:net";
import { EMPTY } from "@postern/wire/bytes";
import { encodeAuthentication } from "@postern/wire/messages/backend/authentication";
import { encodeStartupMessage } from "@postern/wire/messages/frontend/startup-message";
import { collectPassword, type PasswordStep } from "@postern/wire/startup/password";
import type { Startup } from "@postern/wire/startup/phase";
import { type TokenPolicy, type TokenRefusal, type VerifiedToken, verifyToken } from "./auth-token.ts";
import { endWith } from "./connection.ts";
import { readChunk } from "./read-chunk.ts";
import { type Claim, noEncryption, pamFailed, serverGone } from "./refusals.ts";
import { readServerAnswer } from "./server-answer.ts";

export interface SessionContext {
  /** Path of PostgreSQL's Unix socket. */
  readonly serverSocket: string;
  readonly tokens: TokenPolicy;
  /** Milliseconds that a client has for its token, or for what PostgreSQL asks it. */
  readonly patienceMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Told of every refused token, as RDS writes its iam-db-auth-error log. */
  readonly onTokenRefused: (claim: Claim, reason: TokenRefusal) => void;
}

/** Serves a client from its start-up message to its end. */
export async function openSession(client: Socket, startup: Startup, context: SessionContext): Promise<void> {
  const claim: Claim = { user: startup.user, database: startup.database, host: client.remoteAddress ?? "" };
  if (!startup.secure) return endWith(client, noEncryption(claim));
  const server = connectServer(client, context);
  const deadline = setTimeout(() => client.destroy(), context.patienceMs);
  try {
    server.write(encodeStartup(startup));
    const answer = await readServerAnswer(server);
    if (answer.type === "gone") return endWith(client, serverGone);
    if (answer.type === "own") return relay(client, server, startup.unread, answer.bytes);
    const shown = await askForToken(client, startup.unread, claim, context);
    if (shown === undefined) server.destroy();
    else release(client, server, shown, answer.held);
  } finally {
    clearTimeout(deadline);
  }
}

/** When the client goes, so does its server. */
function connectServer(client: Socket, { serverSocket }: SessionContext): Socket {
  const server = connect(serverSocket);
  server.on("error", () => server.destroy());
  client.once("close", () => server.destroy());
  return server;
}

/** The version that both sides settled on, and no protocol options, which were declined. */
function encodeStartup({ message, version }: Startup): Uint8Array {
  const parameters = new Map([...message.parameters].filter(([name]) => !name.startsWith("_pq_.")));
  return encodeStartupMessage({ ...message, version, parameters });
}

/** A token that was good, and what the client sent behind it. */
interface Shown {
  readonly token: VerifiedToken;
  readonly unread: Uint8Array;
}

/** Undefined when there was none or a bad one; the client then knows. */
async function askForToken(
  client: Socket,
  unread: Uint8Array,
  claim: Claim,
  context: SessionContext,
): Promise<Shown | undefined> {
  client.write(encodeAuthentication({ type: "AuthenticationCleartextPassword" }));
  const answer = await readPassword(client, unread);
  if (answer.type === "partial") return undefined; // the client left
  if (answer.type === "refused") {
    endWith(client, answer.error);
    return undefined;
  }
  const verdict = verifyToken(answer.password.utf8, claim.user, context.tokens, context.now());
  if (verdict.type === "valid") return { token: verdict.token, unread: answer.unread };
  context.onTokenRefused(claim, verdict.reason);
  endWith(client, pamFailed(claim));
  return undefined;
}

async function readPassword(client: Socket, unread: Uint8Array): Promise<PasswordStep> {
  let step = collectPassword(EMPTY, unread);
  while (step.type === "partial") {
    const bytes = await readChunk(client);
    if (bytes === undefined) break;
    step = collectPassword(step.unread, bytes);
  }
  return step;
}

/** Lets the client have the session that PostgreSQL opened: only against proof of its token. */
function release(client: Socket, server: Socket, { unread }: Shown, held: Uint8Array): void {
  relay(client, server, unread, held);
}

/** Both ways, each held back by the other's pace, until either side ends. */
function relay(client: Socket, server: Socket, fromClient: Uint8Array, fromServer: Uint8Array): void {
  if (fromClient.length > 0) server.write(fromClient);
  client.write(fromServer);
  client.pipe(server);
  server.pipe(client);
  // PostgreSQL may have said its last word, and gone, before the client was ready for it.
  if (server.destroyed) client.destroySoon();
  else server.once("close", () => client.destroySoon());
}
