/**
 * Makes the database cluster (the manual's word for a data folder) on the first start. It is made under another name and
 * renamed when it is whole, seed included: a start that was killed in the middle leaves nothing that looks finished.
 */
import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Fault } from "@postern/core/fault";
import { day } from "@postern/core/time";
import { giveTo } from "./account.ts";
import { clientAuthentication } from "./configuration.ts";
import { ifMissing, type Place } from "./place.ts";
import type { Programs } from "./programs.ts";
import { runProgram } from "./run-program.ts";

/** As on RDS: the real superuser is not the one that people log in as. */
export const superuserName = "rdsadmin";

const unfinished = "data-unfinished-";
const certificateDays = 3650;

/** The cluster of this place, made first if need be. `seed` holds SQL statements, run once by the superuser in database `postgres`. */
export async function openCluster(place: Place, programs: Programs, seed: readonly string[]): Promise<void> {
  await removeUnfinished(place);
  if ((await stat(place.data).catch(ifMissing(null))) === null) await createCluster(place, programs, seed);
  const major = (await readFile(join(place.data, "PG_VERSION"), "utf8")).trim();
  if (major === programs.major) return;
  throw new Fault(
    "service.unavailable",
    `${place.data} was made by PostgreSQL ${major}, and this is ${programs.major}`,
    {
      hint: "start with --fresh to make it anew; what it holds is lost",
    },
  );
}

async function removeUnfinished(place: Place): Promise<void> {
  const left = (await readdir(place.root)).filter((name) => name.startsWith(unfinished));
  // an initdb whose parent was killed may still be writing
  for (const name of left) await rm(join(place.root, name), { recursive: true, force: true, maxRetries: 10 });
}

async function createCluster(place: Place, programs: Programs, seed: readonly string[]): Promise<void> {
  const password = randomBytes(24).toString("hex");
  await writeFile(place.superuserPassword, password, { mode: 0o600 });
  await writeConfig(place);
  const data = await mkdtemp(join(place.root, unfinished));
  await giveTo(place.account, data);
  await runProgram(place, { program: programs.initdb, args: initdbArguments(data) });
  const statements = [`alter role ${superuserName} password '${password}'`, ...seed];
  await runProgram(place, singleUser(programs, data), statements.map((sql) => `${sql};\n\n`).join(""));
  await rename(data, place.data);
}

/**
 * The built-in C.UTF-8 sorts alike on every system and needs none of its locales. initdb's own pg_hba.conf lets nobody in:
 * ours is used instead, and if ever it weren't, that fails closed.
 */
function initdbArguments(data: string): string[] {
  const locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-locale"];
  return ["-D", data, `--username=${superuserName}`, "--auth=reject", "--no-instructions", ...locale];
}

/** Single-user mode opens no port and asks no password. With -j a statement ends at a semicolon and an empty line. */
function singleUser(programs: Programs, data: string) {
  return {
    program: programs.postgres,
    args: ["--single", "-j", "-D", data, "-c", "exit_on_error=on", "postgres"],
  };
}

/** The folder belongs to us and the files to the server's account, which can't replace them by links. */
async function writeConfig(place: Place): Promise<void> {
  const { issueCertificate } = await import("./certificate.ts"); // slow to load, and later starts do without
  const now = Date.now();
  const { certificate, key } = await issueCertificate({
    commonName: "localhost",
    names: { dns: ["localhost"], ip: ["127.0.0.1"] },
    notBefore: now - day,
    notAfter: now + certificateDays * day,
  });
  const files = { "pg_hba.conf": clientAuthentication, "server.crt": certificate, "server.key": key };
  for (const [name, content] of Object.entries(files)) {
    const path = join(place.config, name);
    await rm(path, { force: true });
    await writeFile(path, content, { mode: 0o600 });
    await chmod(path, 0o600);
    await giveTo(place.account, path);
  }
}
