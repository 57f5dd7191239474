import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Account, serverAccount } from "./account.ts";
import { findPlace, ifMissing } from "./place.ts";
import { type Postgres, startPostgres, wipePostgres } from "./postgres.ts";
import { inspectProcess } from "./process-info.ts";

const program = fileURLToPath(new URL("postgres.program.ts", import.meta.url));
const wiping = `
import { wipePostgres } from ${JSON.stringify(new URL("postgres.ts", import.meta.url).href)};
await wipePostgres(process.argv[1]);
`;

const Started = z.object({
  port: z.int(),
  socket: z.string(),
  superuser: z.object({ name: z.string(), password: z.string() }),
  certificate: z.string(),
  serverPid: z.int(),
});
type Started = z.output<typeof Started>;

/** Each cluster takes seconds to make: tests that can share one do. */
const timeout = 60_000;

async function makeParent(): Promise<string> {
  return await mkdtemp("/tmp/a folder with spaces ");
}

async function removeParent(parent: string): Promise<void> {
  for (const launcher of launchers.splice(0)) launcher.kill("SIGKILL"); // what a failed test left
  await wipePostgres(join(parent, "data folder"));
  await rm(parent, { recursive: true, force: true });
}

const launchers: ChildProcess[] = [];

/** A launcher in a process of its own, run as that account. */
function launch(dataDir: string, account?: Account): ChildProcess {
  const options = { cwd: "/", ...account };
  const launcher = spawn(process.execPath, [program, dataDir], {
    stdio: ["ignore", "pipe", "pipe"],
    ...options,
  });
  launchers.push(launcher);
  return launcher;
}

async function started(launcher: ChildProcess): Promise<Started> {
  if (launcher.stdout === null) throw new Error("the launcher's output is not piped");
  for await (const line of createInterface(launcher.stdout)) return Started.parse(JSON.parse(line));
  throw new Error(`the launcher ended before it was ready: ${launcher.stderr?.read()}`);
}

async function end(launcher: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  launcher.kill(signal);
  await once(launcher, "exit");
}

async function asSuperuser<T>(
  server: Pick<Postgres, "port" | "superuser" | "certificate">,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const { port, superuser, certificate } = server;
  const user = { user: superuser.name, password: superuser.password, database: "postgres" };
  const client = new pg.Client({ host: "localhost", port, ...user, ssl: { ca: certificate } });
  client.on("error", () => {}); // tests kill servers
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const keep = async (client: pg.Client): Promise<unknown> => await client.query("insert into kept values (7)");
const kept = async (client: pg.Client): Promise<unknown> => (await client.query("select n from kept")).rows;

const isRunning = async (pid: number): Promise<boolean> => (await inspectProcess(pid)) !== null;
const exists = async (path: string): Promise<boolean> => (await stat(path).catch(ifMissing(null))) !== null;

/** As root there are two cases: root itself, whose server is another account's, and an ordinary user. */
const nobody = serverAccount() ?? undefined;
const accounts: [string, Account | undefined][] = [["the user of this test", undefined]];
if (nobody !== undefined && canRead(nobody)) accounts.push(["an ordinary user", nobody]);

function canRead(account: Account): boolean {
  return spawnSync(process.execPath, ["--check", program], { cwd: "/", ...account }).status === 0;
}

describe.each(accounts)("for %s", { timeout }, (_who, account) => {
  let parent: string;
  let dataDir: string;

  beforeAll(async () => {
    parent = await makeParent();
    if (account !== undefined) await chown(parent, account.uid, account.gid);
    dataDir = join(parent, "data folder");
  });

  afterAll(async () => await removeParent(parent));

  test("a cluster whose making was killed in the middle is made again", async () => {
    const first = launch(dataDir, account);
    await expect.poll(() => unfinishedIn(parent), { interval: 5, timeout: 30_000 }).toBe(true);
    await end(first, "SIGKILL");

    const second = launch(dataDir, account);
    expect(await asSuperuser(await started(second), kept)).toEqual([]);
    expect(await unfinishedIn(parent)).toBe(false);
    await end(second, "SIGTERM");
  });

  test("state survives a restart, and a stopped server leaves no process and no socket", async () => {
    const first = launch(dataDir, account);
    const server = await started(first);
    await asSuperuser(server, keep);
    await end(first, "SIGTERM");
    expect([await isRunning(server.serverPid), await exists(dirname(server.socket))]).toEqual([false, false]);

    const second = launch(dataDir, account);
    expect(await asSuperuser(await started(second), kept)).toEqual([{ n: 7 }]);
    await end(second, "SIGTERM");
  });

  test("a server whose launcher was killed is found and stopped, busy as it is", async () => {
    const first = launch(dataDir, account);
    const orphan = await started(first);
    const busy = asSuperuser(orphan, (client) => client.query("select pg_sleep(600)")).catch(() => "ended");
    await end(first, "SIGKILL");
    expect(await isRunning(orphan.serverPid)).toBe(true);

    const second = launch(dataDir, account);
    expect(await asSuperuser(await started(second), kept)).toEqual([{ n: 7 }]);
    expect(await busy).toBe("ended");
    expect([await isRunning(orphan.serverPid), await exists(dirname(orphan.socket))]).toEqual([false, false]);
    await end(second, "SIGTERM");
  });

  test("a server killed together with its launcher recovers", async () => {
    const first = launch(dataDir, account);
    const killed = await started(first);
    process.kill(killed.serverPid, "SIGKILL");
    await end(first, "SIGKILL");

    const second = launch(dataDir, account);
    expect(await asSuperuser(await started(second), kept)).toEqual([{ n: 7 }]);
    expect(await exists(dirname(killed.socket))).toBe(false);
    await end(second, "SIGTERM");
  });
});

/** Whether a cluster is being made, or was, for the data folder in `parent`; its place may not be there yet. */
async function unfinishedIn(parent: string): Promise<boolean> {
  const dataDir = join(parent, "data folder");
  const place = await findPlace(dataDir).catch(ifMissing(null));
  const roots = [join(dataDir, "postgres"), ...(place === null ? [] : [place.root])];
  const names = await Promise.all(roots.map((root) => readdir(root).catch(ifMissing([]))));
  return names.flat().some((name) => name.startsWith("data-unfinished-"));
}

describe("a server", { timeout }, () => {
  let parent: string;
  let dataDir: string;
  const seed = ["create role rds_iam nologin", "create role alice login in role rds_iam"];

  beforeAll(async () => {
    parent = await makeParent();
    dataDir = join(parent, "data folder");
  });

  afterAll(async () => await removeParent(parent));

  test("whose folder is in use is refused to others, and goes on", async () => {
    const server = await startPostgres({ dataDir, seed });
    const [code] = await once(launch(dataDir), "exit");
    expect(code).toBe(1);
    await expect(startPostgres({ dataDir })).rejects.toMatchObject({ code: "service.unavailable" });
    await expect(wipePostgres(dataDir)).rejects.toMatchObject({ code: "service.unavailable" });
    expect(await asSuperuser(server, (client) => client.query("select 1"))).toMatchObject({ rowCount: 1 });
    await server.stop();
  });

  test("leaves the stranger alone whose number stands in postmaster.pid", async () => {
    const { data, account } = await findPlace(dataDir);
    const idle = ["-e", "setInterval(() => {}, 1000)"];
    const stranger = spawn(process.execPath, idle, { stdio: "ignore", cwd: "/", ...account });
    const pidFile = join(data, "postmaster.pid");
    await writeFile(pidFile, `${stranger.pid}\n${data}\n1700000000\n5432\n/tmp\n127.0.0.1\n0\nready   \n`);
    if (account !== null) await chown(pidFile, account.uid, account.gid);

    await (await startPostgres({ dataDir })).stop();
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    await end(stranger, "SIGKILL");
  });

  test("wants TLS and a password of whoever comes over TCP, members of rds_iam too", async () => {
    const server = await startPostgres({ dataDir });
    const { port, superuser, certificate } = server;
    const to = {
      host: "localhost",
      port,
      database: "postgres",
      user: superuser.name,
      password: superuser.password,
    };
    const login = async (options: pg.ClientConfig): Promise<unknown> =>
      await new pg.Client({ ...to, ...options }).connect();
    const ssl = { ca: certificate };
    await expect(login({ ssl: false })).rejects.toMatchObject({ code: "28000" });
    await expect(login({ ssl, password: "guessed" })).rejects.toMatchObject({ code: "28P01" });
    await expect(login({ ssl, user: "alice" })).rejects.toMatchObject({ code: "28P01" });
    await expect(login({ ssl: { ...ssl, maxVersion: "TLSv1.1", minVersion: "TLSv1" } })).rejects.toThrow(
      /protocol/i,
    );
    await server.stop();
  });

  test("keeps its secrets from others, and can't change what it is told", async () => {
    const place = await findPlace(dataDir);
    const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
    expect(await mode(place.superuserPassword)).toBe(0o600);
    expect(await mode(join(place.config, "server.key"))).toBe(0o600);
    expect(await mode(place.data)).toBe(0o700);
    const owners = [place.config, place.programs, place.root].map(async (folder) => (await stat(folder)).uid);
    expect(new Set(await Promise.all(owners))).toEqual(new Set([process.getuid?.()]));
  });

  test("logs statements when that is asked for, and not otherwise", async () => {
    const { log } = await findPlace(dataDir);
    const run = async (logStatements: boolean): Promise<string | null> => {
      const server = await startPostgres({ dataDir, logStatements });
      await asSuperuser(server, (client) => client.query("select 'find me'"));
      await asSuperuser(server, (client) => client.query("select 'find me' from nowhere")).catch(() => {});
      await server.stop();
      return server.statementLog;
    };
    expect(statementsIn(await readFile((await run(true)) ?? "", "utf8"))).toContain(
      "statement: select 'find me'",
    );
    expect(await run(false)).toBeNull();
    const text = await readFile(log, "utf8");
    expect(text).toContain("nowhere");
    expect(text).not.toContain("find me");
  });

  test("is not taken over from a data folder that was deleted", async () => {
    const before = await startPostgres({ dataDir });
    await before.stop();
    await rm(dataDir, { recursive: true });
    const server = await startPostgres({ dataDir });
    await expect(asSuperuser(server, (client) => client.query("set role alice"))).rejects.toMatchObject({
      code: "22023",
    });
    expect(server.superuser.password).not.toBe(before.superuser.password);
    await server.stop();
  });
});

describe("a data folder of its own", { timeout }, () => {
  let parent: string;
  let dataDir: string;

  beforeEach(async () => {
    parent = await makeParent();
    dataDir = join(parent, "data folder");
  });

  afterEach(async () => await removeParent(parent));

  test("with a seed that fails: an error that says why, and the next start makes the cluster anew", async () => {
    const seed = ["create table kept (n int)", "select 1 from nowhere"];
    await expect(startPostgres({ dataDir, seed })).rejects.toThrow(/relation "nowhere" does not exist/);
    const server = await startPostgres({ dataDir, seed: ["create table kept (n int)"] });
    expect(await asSuperuser(server, kept)).toEqual([]);
    await server.stop();
  });

  test.runIf(nobody !== undefined)(
    "deleted by hand: its orphan, which root keeps elsewhere, is stopped",
    async () => {
      const launcher = launch(dataDir);
      const orphan = await started(launcher);
      await end(launcher, "SIGKILL");
      await rm(dataDir, { recursive: true });
      const server = await startPostgres({ dataDir });
      expect([await isRunning(orphan.serverPid), await exists(dirname(orphan.socket))]).toEqual([
        false,
        false,
      ]);
      await server.stop();
    },
  );

  test("is made anew after a wipe that was killed in the middle", async () => {
    const first = launch(dataDir);
    await started(first);
    await end(first, "SIGTERM");
    const { root } = await findPlace(dataDir);
    const wiper = spawn(process.execPath, ["--input-type=module", "-e", wiping, dataDir], {
      stdio: "ignore",
    });
    await expect.poll(() => exists(join(root, "data", "PG_VERSION")), { interval: 1 }).toBe(false);
    await end(wiper, "SIGKILL");

    const second = launch(dataDir);
    expect(await asSuperuser(await started(second), kept)).toEqual([]);
    expect(await exists(`${root}.removed`)).toBe(false);
    await end(second, "SIGTERM");
  });

  test("is wiped whole, after its orphan was stopped", async () => {
    const launcher = launch(dataDir);
    const { serverPid } = await started(launcher);
    await end(launcher, "SIGKILL");
    const { root } = await findPlace(dataDir);
    await wipePostgres(dataDir);
    expect([await isRunning(serverPid), await exists(root), await readdir(dataDir)]).toEqual([
      false,
      false,
      [],
    ]);
    await wipePostgres(join(parent, "never there"));
  });
});

function statementsIn(log: string): string[] {
  const Line = z.object({ message: z.string() });
  return log
    .trim()
    .split("\n")
    .map((line) => Line.parse(JSON.parse(line)).message);
}
