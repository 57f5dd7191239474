/** As whom a command talks to which server. */
import { type Client, createClient } from "@postern/client/client";
import { importProofKey } from "@postern/client/proof";
import { Fault } from "@postern/core/fault";
import { findLocalAdmin, type LocalAdmin } from "./local-admin.ts";
import { note } from "./output.ts";
import { type Login, loadProfile } from "./profile.ts";
import { parseServerUrl } from "./server-url.ts";

export interface ServerOptions {
  readonly proxy?: string;
}

export interface AdminOptions extends ServerOptions {
  /** Use this user's login even where the local admin's identity is at hand. */
  readonly user?: string;
  readonly dataDir?: string;
}

export interface UserSession {
  readonly client: Client;
  readonly url: string;
  readonly login: Login;
  readonly hostCa: readonly string[];
}

/** The login, for the commands that always use it. Throws Fault `auth.missing` or `auth.expired`. */
export async function userSession(options: ServerOptions): Promise<UserSession> {
  const profile = loadProfile();
  const url = options.proxy === undefined ? profile.current : parseServerUrl(options.proxy);
  const server = url === null ? undefined : profile.servers[url];
  if (url === null || !server?.login) {
    throw new Fault("auth.missing", "not logged in", {
      hint: `postern login --proxy=${url === null ? "HOST:PORT" : new URL(url).host} --user=NAME`,
    });
  }
  const { login } = server;
  if (Date.parse(login.expires_at) <= Date.now()) {
    throw new Fault("auth.expired", `the login of ${login.user} is over`, {
      hint: `postern login --proxy=${new URL(url).host} --user=${login.user}`,
    });
  }
  const key = await importProofKey(login.key);
  const client = createClient({ url, key, accessToken: () => login.access_token });
  return { client, url, login, hostCa: server.host_ca };
}

/** The local admin's identity where it belongs to the server in question, else the login. Says which on stderr. */
export async function adminClient(options: AdminOptions): Promise<Client> {
  const admin = options.user === undefined ? findLocalAdmin(options.dataDir) : undefined;
  if (admin && isFor(admin, options)) {
    note(`as the local admin of ${admin.url}`);
    const key = await importProofKey(admin.key);
    return createClient({ url: admin.url, key, accessToken: () => admin.access_token });
  }
  const session = await userSession(options);
  if (options.user !== undefined && session.login.user !== options.user) {
    throw new Fault("auth.missing", `logged in as ${session.login.user}, not as ${options.user}`, {
      hint: `postern login --proxy=${new URL(session.url).host} --user=${options.user}`,
    });
  }
  return session.client;
}

function isFor(admin: LocalAdmin, options: AdminOptions): boolean {
  if (options.proxy !== undefined) return parseServerUrl(options.proxy) === admin.url;
  if (options.dataDir !== undefined) return true;
  const { current } = loadProfile();
  return current === null || current === admin.url;
}
