/** Where a host keeps its identity and its spool: for its own user's eyes alone, and for one process at a time. */
import { chmod, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Fault } from "@postern/core/fault";
import { unreadable } from "../config.ts";

export interface DataFolder {
  /** Lets another process have it. */
  release(): void;
}

/** Makes it unless it is there. @throws Fault where it can't be used, or another process uses it */
export async function openDataFolder(path: string): Promise<DataFolder> {
  await make(path);
  await assertOwn(path);
  const lock = holdLock(join(path, "lock"));
  if (lock) return { release: () => void (lock.isOpen && lock.close()) };
  throw new Fault("resource.exists", `${path} is in use by another database service`, {
    hint: "stop it, or give this one a `data_dir` of its own",
  });
}

async function make(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Fault("input.invalid", `data_dir ${path} can't be made: ${reason}`, {}, error);
  }
}

/**
 * In a folder that others can change, they could put their own key. One that others may read is closed to them; passing
 * through is left, as `npm start` keeps folders of its own below /var/lib/postern.
 */
async function assertOwn(path: string): Promise<void> {
  const { uid, mode } = await stat(path);
  const user = process.getuid?.() ?? uid;
  if (uid !== user) {
    throw new Fault(
      "input.invalid",
      `data_dir ${path} belongs to another user (uid ${uid}, this is ${user})`,
      {
        hint: `chown ${user} '${path}'`,
      },
    );
  }
  if ((mode & 0o022) !== 0) {
    throw new Fault("input.invalid", `data_dir ${path} can be written by others`, {
      hint: `chmod 700 '${path}'`,
    });
  }
  if ((mode & 0o044) !== 0) await chmod(path, 0o700);
}

/** The operating system's lock, through SQLite, as Node itself has none: it ends with its process, however that ends. */
function holdLock(file: string): DatabaseSync | undefined {
  const database = openLock(file);
  try {
    database.exec("pragma journal_mode = off; begin exclusive");
    return database;
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
}

function openLock(file: string): DatabaseSync {
  try {
    return new DatabaseSync(file);
  } catch (error) {
    throw unreadable(file, "EACCES", error);
  }
}

/** SQLITE_BUSY; https://sqlite.org/rescode.html */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === 5;
}
