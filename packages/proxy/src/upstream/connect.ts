/** From an allowed access to a server that is ready for queries, in bounded time. */
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { type AllowedAccess, assertAllowed } from "../authorize/allowed-access.ts";
import { Refusal } from "../refusal/refusal.ts";
import type { Address, Dialer } from "./dialer.ts";
import { login } from "./login.ts";
import type { Greeting } from "./login-phase.ts";
import { formatAddress, secure } from "./secure.ts";

export interface UpstreamOptions {
  readonly dialer: Dialer;
  /** Trusted where the database brings no authority of its own. */
  readonly defaultAuthorities: readonly string[];
  /** For dialling, TLS and start-up together. */
  readonly timeoutMs: number;
}

export interface Upstream {
  readonly stream: Duplex;
  readonly greeting: Greeting;
}

/**
 * @param settings the client's start-up parameters that are passed on
 * @throws Refusal
 */
export async function connectUpstream(
  access: AllowedAccess,
  settings: ReadonlyMap<string, string>,
  options: UpstreamOptions,
): Promise<Upstream> {
  assertAllowed(access);
  const signal = AbortSignal.timeout(options.timeoutMs);
  const stream = await openSecure(access, options, signal);
  try {
    const parameters = new Map([["user", access.db_user], ["database", access.db_name], ...settings]);
    const request = {
      parameters,
      dbUser: access.db_user,
      iamToken: access.iam_token,
      decisionId: access.decision_id,
    };
    return { stream, greeting: await login(stream, request, signal) };
  } catch (error) {
    stream.destroy();
    throw timedOut(error, signal, access.endpoint);
  }
}

/** A TLS connection to the access's database, whose certificate was verified in full. @throws Refusal */
export async function openSecure(
  { endpoint }: Pick<AllowedAccess, "endpoint">,
  { dialer, defaultAuthorities }: UpstreamOptions,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const plain = await dial(dialer, endpoint, signal);
  const authorities = endpoint.ca_cert_pem === null ? defaultAuthorities : [endpoint.ca_cert_pem];
  try {
    return await secure(plain, endpoint, authorities, signal);
  } catch (error) {
    plain.destroy();
    throw timedOut(error, signal, endpoint);
  }
}

async function dial(dialer: Dialer, address: Address, signal: AbortSignal): Promise<Duplex> {
  try {
    return await dialer.dial(address, signal);
  } catch (error) {
    if (signal.aborted) throw timedOut(error, signal, address);
    const problem = error instanceof Error && "code" in error ? String(error.code) : "network error";
    throw new Refusal({ type: "database_unreachable", address: formatAddress(address), problem }, error);
  }
}

function timedOut(error: unknown, signal: AbortSignal, address: Address): unknown {
  if (error instanceof Refusal || !signal.aborted) return error;
  const problem = "no answer in time";
  return new Refusal({ type: "database_unreachable", address: formatAddress(address), problem }, error);
}
