/** What the CLI remembers in `~/.config/postern` (or POSTERN_HOME): the login and the pinned host authorities. */
import { randomUUID } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { Fault } from "@postern/core/fault";
import { z } from "zod";

const Login = z.strictObject({
  user: z.string(),
  login_session: z.string(),
  access_token: z.string(),
  expires_at: z.string(),
  cluster_name: z.string(),
  /** The login's P-256 private key as a JWK. It never leaves this machine. */
  key: z.looseObject({ kty: z.literal("EC") }),
});
export type Login = z.infer<typeof Login>;

const Server = z.strictObject({
  /** Certificates of the authorities that sign proxies' certificates, as the login gave them. */
  host_ca: z.array(z.string()),
  login: Login.nullable(),
});
export type Server = z.infer<typeof Server>;

const Profile = z.strictObject({
  /** The server that commands talk to unless they are told another. */
  current: z.string().nullable(),
  servers: z.record(z.string(), Server),
});
export type Profile = z.infer<typeof Profile>;

export function profileFolder(): string {
  return process.env["POSTERN_HOME"] ?? join(homedir(), ".config", "postern");
}

const profileFile = (): string => join(profileFolder(), "profile.json");

/** An empty profile where there is none yet. Refuses a file that others may read: it holds a private key. */
export function loadProfile(): Profile {
  const file = profileFile();
  if (!existsSync(file)) return { current: null, servers: {} };
  if (process.platform !== "win32" && (statSync(file).mode & 0o077) !== 0) {
    throw new Fault("input.invalid", `${file} can be read by others`, { hint: `chmod 600 '${file}'` });
  }
  const parsed = Profile.safeParse(parseJson(readFileSync(file, "utf8")));
  if (parsed.success) return parsed.data;
  throw new Fault("input.invalid", `${file} is not a profile`, { hint: "Remove it and log in again." });
}

/** Written whole and put in place at once, so that no reader ever sees half of it. */
export function saveProfile(profile: Profile): void {
  mkdirSync(profileFolder(), { recursive: true, mode: 0o700 });
  const file = profileFile();
  const draft = `${file}.${randomUUID()}`;
  try {
    writeFileSync(draft, JSON.stringify(profile, null, 2), { mode: 0o600, flag: "wx" });
    chmodSync(draft, 0o600);
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
