/**
 * Credentials for other programs, as files: `db/<server>/<database>` in the profile is a link to a folder with the
 * certificate, its key in PEM and in DER, and the proxies' authorities. A login writes a new folder and turns the link,
 * so that a program finds a certificate and a key that belong together, whoever else logs in and whatever fails.
 */
import { createPrivateKey, randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { ResourceName } from "@postern/core/resource/name";
import { z } from "zod";
import { readPrivateJson, writePrivateFile } from "../profile/private-file.ts";
import { ensureProfileFolder, profileFolder } from "../profile/profile.ts";
import type { ClientCertificate, Target } from "./certificate.ts";

/** What there is to know of saved files, but for the files themselves. */
const Saved = z.strictObject({
  /** Whose it is: the person's name. */
  user: z.string(),
  database: z.string(),
  db_user: z.string(),
  db_name: z.string(),
  /** `host:port` of the proxy. */
  address: z.string(),
  grant_id: z.string(),
  expires_at: z.iso.datetime(),
});
export type Saved = z.infer<typeof Saved>;

export interface SavedCredential extends Saved {
  readonly files: CredentialFiles;
}

/** Paths; each stays the same from one login to the next. */
export interface CredentialFiles {
  readonly certificate: string;
  /** PKCS#8 in PEM. */
  readonly key: string;
  /** The same in DER, as pgjdbc wants it. */
  readonly keyDer: string;
  /** The authorities that sign proxies' certificates, in PEM. */
  readonly root: string;
}

/** Throws what the file system throws; then what was there before is still there, whole. */
export function saveCredential(
  url: string,
  user: string,
  target: Target,
  certificate: ClientCertificate,
): SavedCredential {
  const link = linkOf(url, target.database);
  const draft = `.${target.database}.${randomUUID()}`;
  const folder = join(serverFolder(url), draft);
  ensureProfileFolder();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    writeFiles(folder, certificate);
    const saved = describe(user, target, certificate);
    writePrivateFile(join(folder, "credential.json"), `${JSON.stringify(saved, null, 2)}\n`);
    turnLink(link, draft);
    return { ...saved, files: filesOf(link) };
  } catch (error) {
    for (const each of [folder, `${folder}.link`]) rmSync(each, { recursive: true, force: true });
    throw error;
  }
}

/** Undefined where nobody logged in to the database. Throws Fault `input.invalid` for files that aren't safe or ours. */
export function loadCredential(url: string, database: string): SavedCredential | undefined {
  if (!ResourceName.safeParse(database).success) return undefined;
  const link = linkOf(url, database);
  const saved = readPrivateJson(join(link, "credential.json"), Saved, `rm '${link}', and log in again`);
  return saved && { ...saved, files: filesOf(link) };
}

/** The databases of which there are files. */
export function savedDatabases(url: string): string[] {
  return namesIn(serverFolder(url)).filter((name) => ResourceName.safeParse(name).success);
}

export function removeCredential(url: string, database: string): void {
  rmSync(linkOf(url, database), { force: true });
  for (const name of namesIn(serverFolder(url)))
    if (isOurs(name, database)) rmSync(join(serverFolder(url), name), { recursive: true, force: true });
}

export function removeCredentials(url: string): void {
  rmSync(serverFolder(url), { recursive: true, force: true });
}

function serverFolder(url: string): string {
  // Without characters that would have to be encoded in the URLs that name the files.
  return join(profileFolder(), "db", new URL(url).host.replaceAll(/[^a-z0-9.-]/g, "_"));
}

/** Throws ZodError for what can't be a database's name, and might be a path. */
function linkOf(url: string, database: string): string {
  return join(serverFolder(url), ResourceName.parse(database));
}

function filesOf(link: string): CredentialFiles {
  return {
    certificate: join(link, "cert.pem"),
    key: join(link, "key.pem"),
    keyDer: join(link, "key.pk8"),
    root: join(link, "root.pem"),
  };
}

function writeFiles(folder: string, certificate: ClientCertificate): void {
  const files = filesOf(folder);
  const der = createPrivateKey(certificate.privateKey).export({ type: "pkcs8", format: "der" });
  writePrivateFile(files.certificate, certificate.certificate);
  writePrivateFile(files.key, certificate.privateKey);
  writePrivateFile(files.keyDer, der);
  writePrivateFile(files.root, certificate.hostCa.join("\n"));
}

function describe(user: string, target: Target, { addresses, grantId, expiresAt }: ClientCertificate): Saved {
  const expires_at = new Date(expiresAt).toISOString();
  return { user, ...target, address: addresses[0], grant_id: grantId, expires_at };
}

/** A link can't be overwritten, but another can be put in its place at once. */
function turnLink(link: string, draft: string): void {
  const before = previous(link);
  const turned = join(link, "..", `${draft}.link`);
  symlinkSync(draft, turned);
  renameSync(turned, link);
  if (before !== undefined) rmSync(join(link, "..", before), { recursive: true, force: true });
}

/** The folder that the link leads to, where it is one of ours. */
function previous(link: string): string | undefined {
  try {
    const name = readlinkSync(link);
    return name.startsWith(".") && !name.includes("/") ? name : undefined;
  } catch {
    return undefined; // there is none yet
  }
}

/** What a login made beside the link; one that was killed leaves it behind. */
function isOurs(name: string, database: string): boolean {
  const prefix = `.${database}.`;
  return name.startsWith(prefix) && /^[0-9a-f-]{36}(?:\.link)?$/.test(name.slice(prefix.length));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
