/** What a database service's configuration says, with the files that it names. */
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { ServedDatabase } from "@postern/core/api/host";
import type { ServiceConfig } from "@postern/core/config/service-config";
import { Fault } from "@postern/core/fault";

/** A configuration, and where relative paths in it may start from besides the current folder. */
export interface Source {
  readonly config: ServiceConfig;
  readonly folder: string;
}

/** The databases as the control plane is told of them; certificate files are read. @throws Fault `input.invalid` */
export function servedDatabases({ config, folder }: Source): Promise<ServedDatabase[]> {
  return Promise.all(
    config.db_service.databases.map(async ({ name, description, labels, protocol, uri, tls, aws }) => {
      const { ca_cert_file } = tls;
      const ca_cert_pem = ca_cert_file === null ? null : await requireText(ca_cert_file, folder, name);
      return { name, description, labels, spec: { protocol, uri, tls: { ca_cert_pem }, aws } };
    }),
  );
}

async function requireText(path: string, folder: string, database: string): Promise<string> {
  const file = await findFile(path, folder);
  if (file !== undefined) return file.text;
  throw new Fault("input.invalid", `ca_cert_file of ${database}: there is no file ${path}`);
}

/** What `postern tokens add` makes. */
const secret = /^[0-9a-f]{32}$/;

/**
 * The join token: what the file says where there is one by that name, else the text itself.
 * @param warn is told of a file that others may read
 * @throws Fault `input.invalid` where there is neither
 */
export async function readJoinToken(
  token: string,
  folder: string,
  warn: (text: string) => void,
): Promise<string> {
  const file = await findFile(token, folder);
  if (file === undefined) return requireSecret(token, "the configuration's `token`");
  if (file.isOpen) warn(`the join token ${file.path} can be read by others: chmod 600 '${file.path}'`);
  return requireSecret(file.text.trim(), `the join token in ${file.path}`);
}

function requireSecret(text: string, what: string): string {
  if (secret.test(text)) return text;
  // Not quoted: it may be a part of a secret.
  throw new Fault(
    "input.invalid",
    `${what} is neither a token of 32 hex characters nor a file that is there`,
    {
      hint: "make one: `postern tokens add --type=db --format=text`",
    },
  );
}

interface FoundFile {
  readonly path: string;
  readonly text: string;
  /** Whether others than its owner may read it. */
  readonly isOpen: boolean;
}

/** Relative paths start from the current folder, or else from the configuration's. @throws Fault for one that can't be read */
async function findFile(path: string, folder: string): Promise<FoundFile | undefined> {
  for (const candidate of new Set([resolve(path), resolve(folder, path)])) {
    const found = await readIfThere(candidate);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function readIfThere(path: string): Promise<FoundFile | undefined> {
  try {
    const { mode } = await stat(path);
    return { path, text: await readFile(path, "utf8"), isOpen: (mode & 0o077) !== 0 };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG") return undefined;
    throw unreadable(path, code, error);
  }
}

/** Says which file, and why. */
export function unreadable(path: string, code: unknown, cause: unknown): Fault {
  switch (code) {
    case "EACCES":
      return new Fault("input.invalid", `can't read ${path}: this user may not`, {
        hint: `whoever runs the service must own it: chown "$(id -un)" '${path}'`,
      });
    case "EISDIR":
      return new Fault("input.invalid", `can't read ${path}: it is a folder`);
    case "ENOENT":
      return new Fault("input.invalid", `can't read ${path}: no such file`, {
        hint: "write one: `postern db configure create --help`",
      });
    default:
      return new Fault("input.invalid", `can't read ${path}: ${String(code ?? cause)}`, {}, cause);
  }
}
