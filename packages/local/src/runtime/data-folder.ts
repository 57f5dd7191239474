/** Where `npm start` keeps what survives a restart: one 0700 folder, its files named in this one place. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";

export interface DataFolder {
  readonly path: string;
  readonly run: string;
  readonly admin: string;
  readonly settings: string;
  readonly sqlite: string;
  readonly dynamodb: string;
  readonly aurora: string;
  readonly proxyConfig: string;
  readonly proxyState: string;
  readonly joinToken: string;
  key(name: "user-ca" | "host-ca" | "access-token"): string;
}

export function openDataFolder(path: string): DataFolder {
  mkdirSync(join(path, "keys"), { recursive: true, mode: 0o700 });
  return {
    path,
    run: join(path, "run.json"),
    admin: join(path, "admin.json"),
    settings: join(path, "settings.json"),
    sqlite: join(path, "postern.db"),
    dynamodb: join(path, "dynamodb"),
    aurora: join(path, "aurora"),
    proxyConfig: join(path, "proxy.yaml"),
    proxyState: join(path, "proxy"),
    joinToken: join(path, "join-token"),
    key: (name) => join(path, "keys", `${name}.pem`),
  };
}

/** Removes what is ours in the folder, and nothing else that someone may have put there. */
export function wipeDataFolder(folder: DataFolder): void {
  const own = [
    folder.admin,
    folder.settings,
    folder.dynamodb,
    folder.proxyConfig,
    folder.proxyState,
    folder.joinToken,
  ];
  const database = ["", "-wal", "-shm"].map((suffix) => folder.sqlite + suffix);
  const keys = [folder.key("user-ca"), folder.key("host-ca"), folder.key("access-token")];
  for (const file of [...own, ...database, ...keys]) rmSync(file, { recursive: true, force: true });
}
