/** Who this proxy is, kept between starts: its key and what the control plane gave for it. For its own user's eyes alone. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exportProofKey, generateProofKey, importProofKey, type ProofKey } from "@postern/client/proof";
import { HostIdentity } from "@postern/core/api/join";
import { z } from "zod";

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

/** What is kept in the folder; a new key where nothing is. @throws where the file isn't one of ours */
export async function loadHost(folder: string): Promise<StoredHost> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const text = await readIfThere(join(folder, fileName));
  if (text === undefined) {
    const stored = { key: await generateProofKey(), identity: null };
    await saveHost(folder, stored);
    return stored;
  }
  const { key, identity } = IdentityFile.parse(JSON.parse(text));
  return { key: await importProofKey(key), identity };
}

/** All or nothing. */
export async function saveHost(folder: string, { key, identity }: StoredHost): Promise<void> {
  const { kty, crv, x, y, d } = await exportProofKey(key);
  const draft = join(folder, `${fileName}.new`);
  await writeFile(draft, JSON.stringify({ key: { kty, crv, x, y, d }, identity }), { mode: 0o600 });
  await rename(draft, join(folder, fileName));
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
