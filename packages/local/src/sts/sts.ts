/**
 * The stand-in for STS: https under the names of AWS's own endpoints, by a CA of its own. It verifies signatures for real
 * and decides by real policies, so that what a host or the control plane is refused in AWS it is refused here.
 */
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { type Clock, day } from "@postern/core/time";
import { issueCertificate, type KeyPair } from "../postgres/certificate.ts";
import { type Answer, assumedAnswer, identityAnswer, refusedAnswer, sendAnswer } from "./answer.ts";
import { assumeRole } from "./assume-role.ts";
import { authenticate, type StsRequest } from "./authenticate.ts";
import { Accounts, Directory, type SessionCredentials } from "./directory.ts";
import { invalidAction, StsRefusal } from "./refusal.ts";

export interface StsOptions {
  readonly accounts: Parameters<typeof Accounts.parse>[0];
  readonly regions: readonly string[];
  readonly now: Clock;
}

/** A request that was taken or refused: for tests that ask what was sent. */
export interface SeenRequest extends StsRequest {
  readonly status: number;
}

export interface Sts {
  readonly host: string;
  readonly port: number;
  /** PEM of the CA that vouches for it. */
  readonly ca: string;
  readonly seen: readonly SeenRequest[];
  /** Credentials as a function or a machine in that role finds them. @throws Error for a role that isn't there */
  sessionOf(roleArn: string, name: string, expiresAt: number): SessionCredentials;
  stop(): Promise<void>;
}

const maxBodyBytes = 65_536;

export async function startSts({ accounts, regions, now }: StsOptions): Promise<Sts> {
  const directory = new Directory(Accounts.parse(accounts));
  const seen: SeenRequest[] = [];
  const { ca, keyPair } = await makeAuthority(regions);
  const server = createServer({ cert: keyPair.certificate, key: keyPair.key }, (incoming, response) => {
    void serve(incoming, response);
  });

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming);
    const answer = answerTo(request, directory, regions, now());
    seen.push({ ...request, status: answer.status });
    response.setHeader("date", new Date(now()).toUTCString()); // by which the SDK sets its clock right
    sendAnswer(response, answer, incoming.headers.accept);
  }

  const host = "127.0.0.1";
  await once(server.listen(0, host), "listening");
  const { port } = server.address() as AddressInfo; // listening on TCP, so neither null nor a pipe's name
  return {
    host,
    port,
    ca,
    seen,
    sessionOf: (roleArn, name, expiresAt) => {
      const role = directory.role(roleArn);
      if (role === undefined) throw new Error(`no role ${roleArn}`);
      return directory.openSession(role, name, expiresAt);
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function makeAuthority(regions: readonly string[]): Promise<{ ca: string; keyPair: KeyPair }> {
  const now = Date.now();
  const validity = { notBefore: now - day, notAfter: now + 365 * day };
  const commonName = "Postern stand-in for the CA of STS";
  const authority = await issueCertificate({ commonName, isAuthority: true, ...validity });
  const dns = ["sts.amazonaws.com", ...regions.map((region) => `sts.${region}.amazonaws.com`)];
  const names = { dns, ip: [] };
  const keyPair = await issueCertificate({ commonName: "sts", names, issuer: authority, ...validity });
  return { ca: authority.certificate, keyPair };
}

async function readRequest(incoming: IncomingMessage): Promise<StsRequest> {
  const { method = "", url = "", headers } = incoming;
  let body = "";
  for await (const chunk of incoming.setEncoding("utf8")) {
    body += String(chunk);
    if (body.length > maxBodyBytes) incoming.destroy();
  }
  return { method, url, headers, body };
}

function answerTo(
  request: StsRequest,
  directory: Directory,
  regions: readonly string[],
  now: number,
): Answer {
  try {
    return decide(request, directory, regionOf(request, regions), now);
  } catch (error) {
    if (error instanceof StsRefusal) return refusedAnswer(error);
    throw error;
  }
}

/** Of the endpoint that was asked; the global one is us-east-1's. */
function regionOf({ headers }: StsRequest, regions: readonly string[]): string {
  const [, region = "us-east-1"] =
    /^sts\.(?:([a-z0-9-]+)\.)?amazonaws\.com(?::\d+)?$/.exec(headers.host ?? "") ?? [];
  return [...regions, "us-east-1"].includes(region) ? region : "";
}

function decide(request: StsRequest, directory: Directory, region: string, now: number): Answer {
  const caller = authenticate(request, directory, region, now);
  const form = new URLSearchParams(request.method === "POST" ? request.body : request.url.split("?")[1]);
  const action = form.get("Action");
  switch (action) {
    case "GetCallerIdentity":
      return identityAnswer(caller);
    case "AssumeRole":
      return assumedAnswer(assumeRole(directory, caller, form, now));
    default:
      throw invalidAction(action ?? "");
  }
}
