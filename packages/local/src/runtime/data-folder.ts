/** Where `npm start` keeps what survives a restart: one 0700 folder, its files named in this one place. */
import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "@postern/core/fault";

export interface DataFolder {
  readonly path: string;
  readonly lock: string;
  readonly run: string;
  readonly admin: string;
  readonly settings: string;
  readonly sqlite: string;
  readonly dynamodb: string;
  readonly aurora: string;
  readonly proxyConfig: string;
  readonly proxyState: string;
  readonly joinToken: string;
  readonly keys: string;
  key(name: "user-ca" | "host-ca" | "access-token"): string;
}

/** Makes it unless it is there. @throws Fault where it can't be made, or isn't its user's alone to change */
export function openDataFolder(path: string): DataFolder {
  makeFolder(path);
  assertOwn(path);
  const folder = nameFiles(path);
  makeFolder(folder.keys);
  return folder;
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw unusable(path, reason, cause);
  }
}

/** In a folder that others can change, they could put their own keys. One of another user's would get files that he can't read. */
function assertOwn(path: string): void {
  const { uid, mode } = statSync(path);
  const user = process.getuid?.() ?? uid;
  if (uid !== user) throw unusable(path, `it belongs to another user (uid ${uid}, and this is ${user})`);
  if ((mode & 0o022) !== 0) throw unusable(path, "others may write to it (chmod go-w)");
}

function unusable(path: string, reason: string, cause?: unknown): Fault {
  const message = `the data folder ${path} can't be used: ${reason}`;
  return new Fault("input.invalid", message, { hint: "use another: --data-dir" }, cause);
}

function nameFiles(path: string): DataFolder {
  const at = (name: string): string => join(path, name);
  return {
    path,
    lock: at("run.lock"),
    run: at("run.json"),
    admin: at("admin.json"),
    settings: at("settings.json"),
    sqlite: at("postern.db"),
    dynamodb: at("dynamodb"),
    aurora: at("aurora"),
    proxyConfig: at("proxy.yaml"),
    proxyState: at("proxy"),
    joinToken: at("join-token"),
    keys: at("keys"),
    key: (name) => join(path, "keys", `${name}.pem`),
  };
}

/** Removes what is ours in the folder, and nothing else that someone may have put there; not the lock, which is held. */
export function wipeDataFolder(folder: DataFolder): void {
  const { admin, settings, dynamodb, aurora, proxyConfig, proxyState, joinToken, keys } = folder;
  const database = ["", "-wal", "-shm"].map((suffix) => folder.sqlite + suffix);
  // The settings last: users whose password they hold must not outlive them, should this be interrupted.
  const own = [...database, dynamodb, aurora, proxyConfig, proxyState, joinToken, keys, admin, settings];
  for (const file of own) rmSync(file, { recursive: true, force: true });
  makeFolder(keys);
}
