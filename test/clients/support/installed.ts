/** Which clients this machine has. `.ci/run` installs those that Debian has, and then lets none be left out. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface Installed {
  readonly name: string;
  readonly isThere: boolean;
  /** What to type to have it. */
  readonly install: string;
}

const isRequired = process.env["POSTERN_REQUIRE_CLIENTS"] === "1";

function runs(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args).status === 0;
}

/** Debian's own Python: the one that its packages are for. */
export const python = "/usr/bin/python3";
/** Debian's. */
export const chromiumPath = "/usr/bin/chromium";
const jar = "/usr/share/java/postgresql.jar";
const cache = fileURLToPath(new URL("../../../.ci/cache/libpq-18/bin/", import.meta.url));

/** What is built on libpq 18, which `.ci/libpq-18` fetches. */
export const libpq18 = {
  psql: `${cache}psql`,
  pgDump: `${cache}pg_dump`,
  pgRestore: `${cache}pg_restore`,
  pgbench: `${cache}pgbench`,
  python: `${cache}python3`,
};

export const javaClassPath = jar;

/** Debian's own, which says `import awscli`; another `aws` may come first in PATH. */
const awsCli = "/usr/lib/python3/dist-packages/awscli/clidriver.py";
/** Of Debian's packages for Go, which are sources. */
export const goPath = "/usr/share/gocode";

const library = (module: string): boolean => runs(python, "-c", `import ${module}`);
const from18 = (name: string, path: string): Installed => ({
  name,
  isThere: existsSync(path),
  install: ".ci/libpq-18 (on Debian)",
});

export const clients = {
  psql: {
    name: "psql",
    isThere: runs("psql", "--version") && runs("script", "--version"),
    install: "apt install postgresql-client bsdutils",
  },
  psql18: from18("psql 18", libpq18.psql),
  pgDump: from18("pg_dump and pg_restore", libpq18.pgDump),
  pgbench: from18("pgbench", libpq18.pgbench),
  psycopg18: from18("psycopg 3 over libpq 18", libpq18.python),
  psycopg: { name: "psycopg 3", isThere: library("psycopg"), install: "apt install python3-psycopg" },
  psycopg2: { name: "psycopg 2", isThere: library("psycopg2"), install: "apt install python3-psycopg2" },
  pgx: {
    name: "pgx",
    isThere: existsSync(`${goPath}/src/github.com/jackc/pgx/v4`) && runs("go", "version"),
    install: "apt install golang-go golang-github-jackc-pgx-v4-dev",
  },
  aws: { name: "the AWS CLI", isThere: existsSync(awsCli), install: "apt install awscli" },
  pgjdbc: {
    name: "pgjdbc",
    isThere: existsSync(jar) && runs("javac", "-version"),
    install: "apt install libpostgresql-jdbc-java default-jdk-headless",
  },
  chromium: {
    name: "Chromium",
    isThere: runs(chromiumPath, "--version"),
    install: "apt install chromium",
  },
} satisfies Record<string, Installed>;

/** For `describe.runIf`. Says what is left out. @throws Error where nothing may be left out */
export function isInstalled({ name, isThere, install }: Installed): boolean {
  if (isThere) return true;
  const said = `${name} is not installed (${install})`;
  if (isRequired) throw new Error(said);
  process.stderr.write(`left out: ${said}\n`);
  return false;
}
