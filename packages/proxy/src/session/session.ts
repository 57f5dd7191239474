/**
 * One session, in its order: who the client is, whether it may, the server, the relay, the end. Every step that
 * refuses throws a Refusal; here is the one place that tells the client.
 */

import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import type { PresentedCredential } from "@postern/core/api/host";
import type { Clock } from "@postern/core/time";
import type { Startup } from "@postern/wire/startup/phase";
import type { OwnTexts } from "../audit/own-texts.ts";
import type { AllowedAccess } from "../authorize/allowed-access.ts";
import { authorize } from "../authorize/authorize.ts";
import type { CancelRegistry } from "../cancel/registry.ts";
import type { CertificateVerdict } from "../client/certificate.ts";
import { passedOn } from "../client/parameters.ts";
import { askForToken } from "../client/password.ts";
import type { ControlPlane } from "../control-plane.ts";
import type { Log } from "../log.ts";
import { encodeRefusal, Refusal, type RefusalCause } from "../refusal/refusal.ts";
import type { Spool } from "../spool/spool.ts";
import { connectUpstream, type UpstreamOptions } from "../upstream/connect.ts";
import type { LiveSessions, Opening } from "./live-sessions.ts";
import { SessionRecords } from "./records.ts";
import { relaySession } from "./relay-session.ts";

export interface SessionDeps {
  readonly controlPlane: Pick<ControlPlane, "openSession">;
  readonly spool: Spool;
  readonly ownTexts: OwnTexts;
  readonly upstream: UpstreamOptions;
  readonly sessions: LiveSessions;
  readonly cancels: CancelRegistry;
  /** The most sessions at once. */
  readonly maxSessions: number;
  readonly now: Clock;
  readonly elapsed: () => number;
  readonly log: Log;
}

/** A client that asks for a session, inside TLS. */
export interface SessionRequest {
  readonly stream: Duplex;
  readonly address: string;
  readonly startup: Startup;
  readonly certificate: CertificateVerdict;
  /** The client has shown who it is: what is slow from here on is not its doing. */
  readonly onAuthenticated: () => void;
  /** Ends the wait for a client that doesn't show it. */
  readonly signal: AbortSignal;
}

export async function runSession(request: SessionRequest, deps: SessionDeps): Promise<void> {
  const settings = passedOn(request.startup.message.parameters);
  const presented = await present(request);
  if (presented === undefined) return;
  if (deps.sessions.size >= deps.maxSessions) {
    throw new Refusal({ type: "too_many_connections", limit: deps.maxSessions });
  }
  request.onAuthenticated();
  const opening = deps.sessions.open();
  try {
    await open({ ...request, ...presented, settings, opening }, deps);
  } finally {
    deps.sessions.close(opening);
  }
}

async function open(request: ServedRequest, deps: SessionDeps): Promise<void> {
  const access = await authorize(deps.controlPlane, {
    credential: request.credential,
    db_user: request.startup.user,
    db_name: request.startup.database,
    client_addr: request.address,
    idempotency_key: randomUUID(),
  });
  await serve(access, new SessionRecords(access.sid, deps), request, deps);
}

export interface Presented {
  readonly credential: PresentedCredential;
  /** What came behind the start-up. */
  readonly unread: Uint8Array;
  /** Set where the credential opens nothing, though whose it is is known. */
  readonly problem: RefusalCause | undefined;
}

/** Undefined when the client went without showing a credential. @throws Refusal */
async function present({
  stream,
  startup,
  certificate,
  signal,
}: SessionRequest): Promise<Presented | undefined> {
  switch (certificate.type) {
    case "untrusted":
      throw new Refusal(certificate.problem);
    case "issued": {
      const { pem, problem } = certificate;
      return { credential: { type: "certificate", certificate: pem }, unread: startup.unread, problem };
    }
    case "none": {
      const asked = await askForToken(stream, startup.unread, signal);
      if (asked === undefined) return undefined;
      return { credential: { type: "token", token: asked.token }, unread: asked.unread, problem: undefined };
    }
  }
}

export interface ServedRequest extends SessionRequest, Presented {
  readonly settings: ReadonlyMap<string, string>;
  readonly opening: Opening;
}

/** From here on there is a session: however it ends, its end is recorded. */
async function serve(
  access: AllowedAccess,
  records: SessionRecords,
  request: ServedRequest,
  deps: SessionDeps,
): Promise<void> {
  try {
    // The control plane was asked so that the attempt is in the audit log; its clock may differ from ours.
    if (request.problem) throw new Refusal(request.problem);
    const upstream = await connectUpstream(access, request.settings, deps.upstream);
    await relaySession({ access, records, request, upstream }, deps);
  } catch (error) {
    const cause: RefusalCause = error instanceof Refusal ? error.reason : { type: "audit_unavailable" };
    records.end({ reason: "upstream_failed", refusal: cause });
    throw error;
  }
}

/** Tells the client why, and closes. */
export function refuse(stream: Duplex, cause: RefusalCause): void {
  if (!stream.destroyed && stream.writable) stream.end(encodeRefusal(cause));
}
