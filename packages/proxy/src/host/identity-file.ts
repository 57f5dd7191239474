/** Who this proxy is, kept between starts: its key and what the control plane gave for it. For its own user's eyes alone. */
import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exportProofKey, generateProofKey, importProofKey, type ProofKey } from "@postern/client/proof";
import { HostIdentity } from "@postern/core/api/join";
import { Fault } from "@postern/core/fault";
import { z } from "zod";
import { unreadable } from "../config.ts";

const fileName = "host.json";

const IdentityFile = z.strictObject({
  key: z.strictObject({
    kty: z.literal("EC"),
    crv: z.literal("P-256"),
    x: z.string(),
    y: z.string(),
    d: z.string(),
  }),
  identity: HostIdentity.nullable(),
});

export interface StoredHost {
  readonly key: ProofKey;
  /** Null until the host has joined. */
  readonly identity: HostIdentity | null;
}

/** What is kept in the folder; a new key where nothing is. @throws Fault `input.invalid` for a file that isn't as we leave it */
export async function loadHost(folder: string): Promise<StoredHost> {
  const path = join(folder, fileName);
  const text = await readIfThere(path);
  if (text === undefined) {
    const stored = { key: await generateProofKey(), identity: null };
    await saveHost(folder, stored);
    return stored;
  }
  const { key, identity } = parse(text, path);
  return { key: await importProofKey(key), identity };
}

function parse(text: string, path: string): z.infer<typeof IdentityFile> {
  try {
    return IdentityFile.parse(JSON.parse(text));
  } catch {
    // What the file holds is in the error, and may be a key.
    throw new Fault("input.invalid", `${path} isn't what a database service leaves there`, {
      hint: "remove it, and let the host join again with a new token",
    });
  }
}

/** All or nothing. */
export async function saveHost(folder: string, { key, identity }: StoredHost): Promise<void> {
  const { kty, crv, x, y, d } = await exportProofKey(key);
  const draft = join(folder, `${fileName}.new`);
  await writeFile(draft, JSON.stringify({ key: { kty, crv, x, y, d }, identity }), { mode: 0o600 });
  await rename(draft, join(folder, fileName));
}

/** As ssh does: a private key that others may read is one no more. */
async function readIfThere(path: string): Promise<string | undefined> {
  try {
    await assertPrivate(path);
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Fault) throw error;
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return undefined;
    throw unreadable(path, code, error);
  }
}

async function assertPrivate(path: string): Promise<void> {
  if (((await stat(path)).mode & 0o077) === 0) return;
  throw new Fault("input.invalid", `${path} holds this host's private key, and others may use the file`, {
    hint: `chmod 600 '${path}'; if somebody may have read it, remove it and let the host join again`,
  });
}
