/** As whom a command talks to which server. */
import { type Client, createClient } from "@postern/client/client";
import { importProofKey, type ProofKeyJwk } from "@postern/client/proof";
import { Fault, isFault } from "@postern/core/fault";
import { note } from "./output/write.ts";
import { findLocalAdmin, type LocalAdmin } from "./profile/local-admin.ts";
import { currentServer, type Login, loadServer } from "./profile/profile.ts";
import { parseServerUrl } from "./server-url.ts";

export interface ServerOptions {
  readonly proxy?: string;
}

export interface AdminOptions extends ServerOptions {
  /** Use this user's login even where the local admin's identity is at hand. */
  readonly user?: string;
  readonly dataDir?: string;
}

export interface Session {
  readonly client: Client;
  /** The server's origin. */
  readonly url: string;
}

export interface UserSession extends Session {
  readonly login: Login;
  /** The pinned authorities of proxies' certificates, in PEM. */
  readonly hostCa: readonly string[];
}

/** The origin that `--proxy` names, else that of the last login. */
export function serverUrl({ proxy }: ServerOptions): string | undefined {
  return proxy === undefined ? currentServer() : parseServerUrl(proxy);
}

/** The login, for the commands that always use it. Throws Fault `auth.missing` or `auth.expired`. */
export async function userSession(options: ServerOptions): Promise<UserSession> {
  const url = serverUrl(options);
  const server = url === undefined ? undefined : loadServer(url);
  if (url === undefined || !server?.login) throw notLoggedIn(url);
  const { login, host_ca } = server;
  if (Date.parse(login.expires_at) <= Date.now()) {
    throw new Fault("auth.expired", `the login of ${login.user} is over`, {
      hint: loginHint(url, login.user),
    });
  }
  const { client } = await connectTo(url, login);
  return { url, client: withLoginHint(client, loginHint(url, login.user)), login, hostCa: host_ca };
}

/** A login may be over before its time: by a reset, say. What to type then, the server can't know. */
function withLoginHint(client: Client, hint: string): Client {
  return {
    call: async (name, input) => {
      try {
        return await client.call(name, input);
      } catch (error) {
        if (!isFault(error, "auth.expired", "auth.invalid")) throw error;
        throw new Fault(error.code, error.message, { ...error.data, hint }, error);
      }
    },
  };
}

/** The local admin's identity where it belongs to the server in question, else the login. Says the first on stderr. */
export async function adminSession(options: AdminOptions): Promise<Session> {
  const admin = options.user === undefined ? findLocalAdmin(options.dataDir) : undefined;
  if (admin && isFor(admin, options)) {
    note(`as the local admin of ${admin.url}`);
    return connectTo(admin.url, admin);
  }
  const session = await userSession(options);
  const { user } = session.login;
  if (options.user === undefined || options.user === user) return session;
  throw new Fault("auth.missing", `logged in as ${user}, not as ${options.user}`, {
    hint: loginHint(session.url, options.user),
  });
}

/** A data folder that is named is an answer to the question which server; the checkout's is none. */
function isFor(admin: LocalAdmin, { proxy, dataDir }: AdminOptions): boolean {
  const url =
    proxy === undefined && dataDir !== undefined ? admin.url : serverUrl({ ...(proxy && { proxy }) });
  return url === undefined || url === admin.url;
}

async function connectTo(
  url: string,
  { access_token, key }: { readonly access_token: string; readonly key: ProofKeyJwk },
): Promise<Session> {
  const proofKey = await importProofKey(key);
  return { url, client: createClient({ url, key: proofKey, accessToken: () => access_token }) };
}

function notLoggedIn(url: string | undefined): Fault {
  return new Fault("auth.missing", "not logged in", { hint: loginHint(url, "NAME") });
}

/** What to type to be logged in. */
export function loginHint(url: string | undefined, user: string): string {
  return `postern login --proxy=${url === undefined ? "HOST:PORT" : new URL(url).host} --user=${user}`;
}
