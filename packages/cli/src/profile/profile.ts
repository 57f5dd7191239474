/**
 * What the CLI remembers in `~/.config/postern` (or POSTERN_HOME): for each server a file with the login and the pinned
 * host authorities, and which server the last login was to. A file each, so that commands that write at the same time
 * never lose what the other wrote.
 */
import { mkdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { Fault } from "@postern/core/fault";
import { z } from "zod";
import { readPrivateFile, readPrivateJson, writePrivateFile } from "./private-file.ts";

/** A P-256 private key as a JWK. It never leaves this machine. */
export const PrivateJwk = z.strictObject({
  kty: z.literal("EC"),
  crv: z.literal("P-256"),
  x: z.string(),
  y: z.string(),
  d: z.string(),
});

const Login = z.strictObject({
  user: z.string(),
  login_session: z.string(),
  access_token: z.string(),
  expires_at: z.iso.datetime(),
  key: PrivateJwk,
});
export type Login = z.infer<typeof Login>;

const Server = z.strictObject({
  /** Certificates of the authorities that sign proxies' certificates, as the login gave them. */
  host_ca: z.array(z.string()),
  login: Login.nullable(),
});
export type Server = z.infer<typeof Server>;

export function profileFolder(): string {
  return process.env["POSTERN_HOME"] || join(homedir(), ".config", "postern");
}

/** The file about the server at an origin such as `https://postern.example.com`. */
export function serverFile(url: string): string {
  return join(profileFolder(), `${encodeURIComponent(url)}.json`);
}

const currentFile = (): string => join(profileFolder(), "current");

/** The origin of the server that commands talk to unless they are told another: the last login's. */
export function currentServer(): string | undefined {
  assertSafe(profileFolder());
  return readPrivateFile(currentFile());
}

/** Undefined for a server that was never logged in to. Throws Fault `input.invalid` for a file that isn't safe or ours. */
export function loadServer(url: string): Server | undefined {
  assertSafe(profileFolder());
  const file = serverFile(url);
  return readPrivateJson(file, Server, `rm '${file}', and log in again`);
}

/** Remembers a login and what it pinned, and makes its server the current one. */
export function saveLogin(url: string, server: Server & { readonly login: Login }): void {
  ensureProfileFolder();
  saveServer(url, server);
  writePrivateFile(currentFile(), url);
}

/** Forgets the login session, unless another one has taken its place; the pinned authorities stay. */
export function forgetLogin(url: string, loginSession: string): void {
  const server = loadServer(url);
  if (server?.login?.login_session === loginSession) saveServer(url, { ...server, login: null });
}

function saveServer(url: string, server: Server): void {
  writePrivateFile(serverFile(url), `${JSON.stringify(server, null, 2)}\n`);
}

/** Throws Fault `input.invalid` where others may write to it. */
export function ensureProfileFolder(): void {
  const folder = profileFolder();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  assertSafe(folder);
}

/** Who may write to a folder can put his own files in the place of ours. One that isn't there is safe. */
function assertSafe(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined || (found.mode & 0o022) === 0) return;
  throw new Fault("input.invalid", `${folder} can be written to by others`, {
    hint: `chmod 700 '${folder}'`,
  });
}
