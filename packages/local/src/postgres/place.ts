/**
 * Where PostgreSQL's own files live. For an ordinary user that is `postgres/` in the data folder. For root it is
 * `/var/lib/postern/<id of the data folder>`, because the account that runs the server can't read below /root; the
 * data folder records that path in `postgres-place`.
 */
import { createHash } from "node:crypto";
import { chmod, mkdir, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Fault } from "@postern/core/fault";
import { type Account, serverAccount } from "./account.ts";

const systemFolder = "/var/lib/postern";

export interface Place {
  readonly root: string;
  /** What `root` is called while it is being deleted. */
  readonly removed: string;
  readonly account: Account | null;
  /** PGDATA. It is renamed into place when it is complete, so it exists whole or not at all. */
  readonly data: string;
  /** Files that the server reads and never writes: client authentication and TLS. */
  readonly config: string;
  readonly programs: string;
  readonly log: string;
  readonly statements: string;
  readonly launch: string;
  readonly superuserPassword: string;
}

/** Makes the place of a data folder, unless it is there. What a deleted data folder left behind goes: its server must have stopped. */
export async function makePlace(place: Place, dataDir: string): Promise<void> {
  await rm(place.removed, { recursive: true, force: true });
  if (place.account !== null) await makeSystemFolder(place, dataDir);
  await mkdir(place.root, { recursive: true, mode: 0o700 });
  await makeReadable(place.config);
}

/** Where the place of this data folder is or will be; the data folder must exist. */
export async function findPlace(dataDir: string): Promise<Place> {
  const account = serverAccount();
  const folder = await realpath(dataDir);
  if (account === null) return placeAt(join(folder, "postgres"), account);
  return placeAt((await recordedRoot(folder)) ?? join(systemFolder, idOf(folder)), account);
}

/**
 * Removes the place and the record of it. The server must have stopped. It is renamed first: should this be killed in
 * the middle, what is left doesn't look like a whole one.
 */
export async function removePlace(place: Place, dataDir: string): Promise<void> {
  await rm(place.removed, { recursive: true, force: true });
  await rename(place.root, place.removed).catch(ifMissing(undefined));
  await rm(place.removed, { recursive: true, force: true });
  await rm(recordIn(dataDir), { force: true });
}

function placeAt(root: string, account: Account | null): Place {
  const at = (name: string): string => join(root, name);
  return {
    root,
    removed: `${root}.removed`,
    account,
    data: at("data"),
    config: at("config"),
    programs: at("programs"),
    log: at("postgres.log"),
    statements: at("statements"),
    launch: at("launch.json"),
    superuserPassword: at("superuser-password"),
  };
}

const idOf = (folder: string): string => createHash("sha256").update(folder).digest("hex").slice(0, 16);

const recordIn = (dataDir: string): string => join(dataDir, "postgres-place");

/** A recorded path is followed, and deleted, by root: only our own kind of path is taken. */
async function recordedRoot(dataDir: string): Promise<string | null> {
  const text = await readFile(recordIn(dataDir), "utf8").catch(ifMissing(null));
  if (text === null) return null;
  const root = text.trim();
  if (dirname(root) === systemFolder && /^[0-9a-f]{16}$/.test(basename(root))) return root;
  throw new Fault("internal", `${recordIn(dataDir)} names a folder that isn't ours`, {
    hint: "delete that file; PostgreSQL's data is then made anew",
  });
}

async function makeSystemFolder(place: Place, dataDir: string): Promise<void> {
  await makeReadable(systemFolder);
  if ((await recordedRoot(dataDir)) === null) await rm(place.root, { recursive: true, force: true });
  await makeReadable(place.root);
  await writeFile(join(place.root, "data-folder"), `${await realpath(dataDir)}\n`);
  await writeFile(recordIn(dataDir), `${place.root}\n`, { mode: 0o600 });
}

/** Whatever the umask: the server's account must pass through. */
async function makeReadable(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o711);
}

/** For a file that may well not be there: `readFile(path).catch(ifMissing(null))`. */
export function ifMissing<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return value;
    throw error;
  };
}
