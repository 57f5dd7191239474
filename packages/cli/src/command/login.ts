import { createHash, X509Certificate } from "node:crypto";
import { type Client, createClient } from "@postern/client/client";
import { exportProofKey, generateProofKey, type ProofKey } from "@postern/client/proof";
import type { LoginResponse } from "@postern/core/api/identity";
import { Fault } from "@postern/core/fault";
import type { Command } from "commander";
import { UsageError } from "../failure.ts";
import { example, withFormat, withServer } from "../options.ts";
import { note, writeJson, writeLine } from "../output.ts";
import { readPassword } from "../password.ts";
import { loadProfile, type Profile, saveProfile } from "../profile.ts";
import { isLoopback, parseServerUrl } from "../server-url.ts";
import { userSession } from "../session.ts";

export function addLoginCommands(program: Command): void {
  const login = withServer(program.command("login"))
    .description("log in; nothing else asks for a password until the login is over")
    .option("--user <name>", "who logs in")
    .option("--password-stdin", "read the password from the first line of standard input")
    .option("--otp <code>", "the second factor's code")
    .action(logIn);
  example(withFormat(login), "postern login --proxy=localhost:3080 --user=alice");

  const status = program
    .command("status")
    .description("show the login: who, where, until when")
    .action(showStatus);
  example(withFormat(withServer(status)), "postern status");

  const logout = program
    .command("logout")
    .description("end the login and every database session that it opened")
    .action(logOut);
  example(withServer(logout), "postern logout");
}

interface LoginOptions {
  proxy?: string;
  user?: string;
  passwordStdin?: boolean;
  otp?: string;
  format: string;
}

async function logIn(options: LoginOptions): Promise<void> {
  const profile = loadProfile();
  const url = options.proxy === undefined ? profile.current : parseServerUrl(options.proxy);
  if (url === null) throw new UsageError("which server? use --proxy=HOST:PORT");
  const user = options.user ?? profile.servers[url]?.login?.user;
  if (user === undefined) throw new UsageError("who logs in? use --user=NAME");
  const key = await generateProofKey();
  const client = createClient({ url, key });
  const answer = await requestLogin(client, user, options);
  remember(profile, url, answer, await exportJwk(key));
  if (options.format === "json") writeJson(publicFacts(url, answer));
  else writeLine(`logged in to ${answer.cluster_name} as ${answer.user} until ${answer.expires_at}`);
}

async function requestLogin(client: Client, user: string, options: LoginOptions): Promise<LoginResponse> {
  const password = await readPassword(`Password of ${user}`, options);
  const otp = options.otp === undefined ? {} : { otp: options.otp };
  return client.call("login", { body: { user, password, ...otp } });
}

async function exportJwk(key: ProofKey): Promise<{ kty: "EC" }> {
  return { ...(await exportProofKey(key)), kty: "EC" };
}

function remember(profile: Profile, url: string, answer: LoginResponse, key: { kty: "EC" }): void {
  const { user, login_session, access_token, expires_at, cluster_name } = answer;
  checkPinnedAuthority(profile, url, answer.host_ca);
  const login = { user, login_session, access_token, expires_at, cluster_name, key };
  profile.servers[url] = { host_ca: answer.host_ca, login };
  profile.current = url;
  saveProfile(profile);
}

/**
 * A rotation is announced: the new list still holds an authority that we know. A wholly new one is refused, except on
 * this machine, where `npm start -- --fresh` makes one and nobody else can answer.
 */
function checkPinnedAuthority(profile: Profile, url: string, offered: readonly string[]): void {
  const pinned = profile.servers[url]?.host_ca ?? [];
  const known = new Set(pinned.map(fingerprint));
  if (known.size === 0 || offered.some((pem) => known.has(fingerprint(pem)))) return;
  if (isLoopback(url)) return note("note: the server on this machine has a new certificate authority");
  throw new Fault("auth.invalid", `${url} has another certificate authority than at the last login`, {
    hint: "If your admin confirms the change, remove the server from the profile and log in again.",
  });
}

/** SHA-256 of the certificate's DER, in hex. */
function fingerprint(pem: string): string {
  return createHash("sha256").update(new X509Certificate(pem).raw).digest("hex");
}

function publicFacts(url: string, answer: LoginResponse): Record<string, unknown> {
  const { user, roles, cluster_name, expires_at, host_ca } = answer;
  return {
    proxy: url,
    cluster: cluster_name,
    user,
    roles,
    valid_until: expires_at,
    host_ca: host_ca.map(fingerprint),
  };
}

async function showStatus(options: { proxy?: string; format: string }): Promise<void> {
  const session = await userSession(options);
  const status = await session.client.call("getStatus", {});
  const facts = {
    proxy: session.url,
    cluster: status.cluster_name,
    version: status.version,
    user: status.user,
    roles: status.roles,
    valid_until: status.expires_at,
    host_ca: session.hostCa.map(fingerprint),
  };
  if (options.format === "json") return writeJson(facts);
  writeLine(`Proxy:       ${facts.proxy}`);
  writeLine(`Cluster:     ${facts.cluster}`);
  writeLine(`Version:     ${facts.version}`);
  writeLine(`User:        ${facts.user}`);
  writeLine(`Roles:       ${facts.roles.join(", ")}`);
  writeLine(`Valid until: ${facts.valid_until}`);
  for (const each of facts.host_ca) writeLine(`Host CA:     SHA256:${each}`);
}

async function logOut(options: { proxy?: string }): Promise<void> {
  const profile = loadProfile();
  const url = options.proxy === undefined ? profile.current : parseServerUrl(options.proxy);
  const server = url === null ? undefined : profile.servers[url];
  if (!server?.login) return writeLine("not logged in");
  try {
    await (await userSession(options)).client.call("logout", { body: {} });
  } catch (error) {
    if (!(error instanceof Fault) || !["auth.expired", "auth.invalid"].includes(error.code)) throw error;
  }
  server.login = null; // the pinned authority stays
  saveProfile(profile);
  writeLine("logged out");
}
