/** What GUIDE.md promises of `npm start`: ports, state, clean stops, and recovery from the other kind. */
import { once } from "node:events";
import { existsSync, readdirSync, statSync } from "node:fs";
import { request } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { dirname, join } from "node:path";
import { findPlace } from "@postern/local/postgres/place";
import { readPostmasterPid } from "@postern/local/postgres/postmaster-pid";
import { inspectProcess } from "@postern/local/postgres/process-info";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  allGone,
  eventually,
  homeOf,
  type Launched,
  type Local,
  launchLocal,
  programsOf,
  removeDataDir,
  root,
  runCommand,
  startLocal,
  temporaryDataDir,
} from "./support/local.ts";

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === "::1"),
);

const login = (local: Local) =>
  local.postern(["login", `--proxy=${new URL(local.ready.http).host}`, "--user=alice", "--password-stdin"], {
    input: `${local.ready.password}\n`,
  });
const query = (local: Local, sql: string) =>
  local.postern(["db", "query", "--db-user=alice", "--db-name=postgres", "aurora", "--format=csv", sql]);

const portsOf = ({ ready }: Local): string[] => [
  `--http-port=${new URL(ready.http).port}`,
  `--pg-port=${ready.pg.split(":")[1]}`,
];

async function uriOf(local: Local): Promise<string> {
  const [database] = JSON.parse((await local.postern(["db", "ls", "--format=json"])).stdout) as {
    uri: string;
  }[];
  return database?.uri ?? "";
}

interface Event {
  readonly sid: string;
  readonly db_query?: string;
}

async function eventsOf(local: Local, ...filter: string[]): Promise<Event[]> {
  const args = ["audit", "ls", "--format=json", `--data-dir=${local.dataDir}`, ...filter];
  return JSON.parse((await local.postern(args)).stdout) as Event[];
}

async function proxyOf(dataDir: string): Promise<number> {
  const programs = await Promise.all(
    programsOf(dataDir).map(async (pid) => ({ pid, ...(await inspectProcess(pid)) })),
  );
  return programs.find(({ command }) => command?.includes("packages/proxy/"))?.pid ?? 0;
}

/** What alice sees, from her login to a row: `one`. */
async function tryOut(local: Local): Promise<string> {
  const { code, stderr } = await login(local);
  return code === 0 ? (await query(local, "select 1 as one")).stdout : stderr;
}
const one = "one\n1\n";

describe("one data folder, from start to start,", () => {
  let local: Local;

  beforeAll(async () => {
    local = await startLocal();
    await login(local);
  }, 120_000);
  afterAll(() => local.remove());

  async function restart(args: readonly string[] = []): Promise<void> {
    local = await startLocal({ dataDir: local.dataDir, args });
  }

  test("says one JSON object with --format=json, and nothing else", () => {
    expect(JSON.parse(local.output.stdout)).toEqual({
      ready: true,
      http: expect.stringMatching(/^http:\/\/localhost:\d+$/),
      pg: expect.stringMatching(/^localhost:\d+$/),
      user: "alice",
      password: expect.stringMatching(/^\S{16,}$/),
    });
    expect(local.output).toEqual({ stdout: expect.stringMatching(/^.+\n$/), stderr: "" });
  });

  test("is for its owner alone", () => {
    const open = readdirSync(local.dataDir, { recursive: true, encoding: "utf8" })
      .filter((name) => !name.startsWith("postgres")) // which may be another account's: postgres.test.ts
      .filter((name) => (statSync(join(local.dataDir, name)).mode & 0o077) !== 0);
    expect(open).toEqual([]);
  });

  test("is refused to a second start, which wipes nothing of it even with --fresh", async () => {
    for (const args of [[], ["--fresh"]]) {
      const second = await launchLocal(local.dataDir, { args }).finished;
      expect(second).toMatchObject({ code: 1, stdout: "" });
      expect(second.stderr).toContain(local.dataDir);
    }
    expect(await query(local, "select 1 as one")).toMatchObject({ code: 0 });
  });

  test("answers no request that means another server", async () => {
    const { port } = new URL(local.ready.http);
    const ask = async (headers: Record<string, string>): Promise<number | undefined> => {
      const asked = request({ host: "127.0.0.1", port, path: "/v1/health", headers, agent: false }).end();
      const [response] = await once(asked, "response");
      response.resume();
      return response.statusCode;
    };
    expect(await ask({ host: `evil.example.com:${port}` })).toBe(421);
    expect(await ask({ origin: "https://evil.example.com" })).toBe(403);
    expect(await ask({})).toBe(200);
  });

  test("keeps users, passwords, logins' audit and the database over a restart, which nobody hears of", async () => {
    await query(local, "insert into authors (author_id, name) values (90001, 'Kept')");
    const programs = programsOf(local.dataDir);
    expect(await local.stop()).toBe(0);
    await allGone(programs);
    const { password } = local.ready;
    await restart();
    expect(local.ready.password).toBe(password);
    expect(await login(local)).toMatchObject({ code: 0 });
    expect((await query(local, "select name from authors where author_id = 90001")).stdout).toBe(
      "name\nKept\n",
    );
    const events = await eventsOf(local);
    expect(events).toContainEqual(expect.objectContaining({ db_query: expect.stringMatching(/^insert/) }));
    expect(events).not.toContainEqual(expect.objectContaining({ success: false }));
  });

  test("recovers by itself after SIGKILL, and no orphan keeps a port or a folder", async () => {
    const programs = programsOf(local.dataDir);
    local.process.kill("SIGKILL");
    await local.finished;
    await restart(portsOf(local));
    await allGone(programs);
    expect(await tryOut(local)).toBe(one);
  });

  test("recovers when everything that it started was killed with it", async () => {
    const programs = programsOf(local.dataDir);
    for (const pid of programs) process.kill(pid, "SIGKILL");
    await allGone(programs);
    await restart(portsOf(local));
    expect(await tryOut(local)).toBe(one);
  });

  test("replaces a proxy that is killed: what ran is told of by its spool, and new connections work", async () => {
    const sql = "select pg_sleep(60)";
    const running = query(local, sql);
    await eventually("the statement", async () => {
      const { stdout } = await query(local, `select query from pg_stat_activity where query = '${sql}'`);
      return stdout.includes("sleep") || undefined;
    });
    process.kill(await proxyOf(local.dataDir), "SIGKILL");
    expect(await running).toMatchObject({ code: 3, stdout: "" });
    const { sid, ...event } = await eventually("the statement's event", async () => {
      const events = await eventsOf(local, "--event=db.session.query");
      return events.find(({ db_query }) => db_query === sql);
    });
    expect(event).toMatchObject({ success: false, outcome: "unknown", code: "TDB02W" });
    const ends = await eventsOf(local, "--event=db.session.end", `--sid=${sid}`);
    expect(ends).toEqual([expect.objectContaining({ reason: "proxy_lost" })]);
    expect(await tryOut(local)).toBe(one);
    expect(local.output.stderr).toMatch(/^the proxy ended by itself \(SIGKILL\); it is started again$/m);
  });

  test("goes on where the stand-in's port was taken meanwhile", async () => {
    const before = await uriOf(local);
    await local.stop();
    const squatter = createServer().listen(Number(before.split(":")[1]), "127.0.0.1");
    await once(squatter, "listening");
    await restart();
    expect(await tryOut(local)).toBe(one);
    expect(await uriOf(local)).not.toBe(before);
    squatter.close();
  });

  test("ends with an error when PostgreSQL does, and leaves nothing running", async () => {
    const programs = programsOf(local.dataDir);
    const postmaster = await readPostmasterPid(await findPlace(local.dataDir));
    process.kill(postmaster?.pid ?? 0, "SIGKILL");
    const { code, stderr } = await local.finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^PostgreSQL ended by itself$/m);
    await allGone(programs);
  });

  test("forgets everything with --fresh, but nothing for a start that can't be", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const failed = launchLocal(local.dataDir, { args: ["--fresh", `--pg-port=${port}`] });
    expect(await failed.finished).toMatchObject({ code: 1 });
    taken.close();
    expect(existsSync(join(local.dataDir, "postern.db"))).toBe(true);
    const { password } = local.ready;
    await restart(["--fresh"]);
    expect(local.ready.password).not.toBe(password);
    expect(await login(local)).toMatchObject({ code: 0 });
    expect((await query(local, "select name from authors where author_id = 90001")).stdout).toBe("name\n");
  });
});

describe("a start", () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = temporaryDataDir();
  });
  afterEach(() => removeDataDir(dataDir));

  test.each([["--bogus"], ["--pg-port=99999"], ["--http-port=5440", "--pg-port=5440"]])(
    "refuses what it doesn't know with exit code 2: %s",
    async (...args) => {
      const { code, stdout, stderr } = await launchLocal(dataDir, { args }).finished;
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toContain("usage: npm start");
      expect(existsSync(dataDir)).toBe(false);
    },
  );

  const busy: [string, string][] = [
    ["--http-port", "127.0.0.1"],
    ["--pg-port", "127.0.0.1"],
  ];
  if (hasIpv6) busy.push(["--http-port", "::1"]);

  test.each(busy)("names the port of %s when it is busy on %s", async (flag, address) => {
    const taken = createServer().listen(0, address);
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const { code, stderr } = await launchLocal(dataDir, { args: [`${flag}=${port}`] }).finished;
    taken.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`error: port ${port} .*\\n.*${flag}`));
  });

  test("names a port that is taken while it starts", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    taken.close();
    const { finished } = launchLocal(dataDir, { args: [`--pg-port=${port}`] });
    await eventually("the database is being made", () => programsOf(dataDir).length >= 2 || undefined);
    taken.listen(port, "127.0.0.1");
    const { code, stderr } = await finished;
    taken.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`error: port ${port} .*\\n.*--pg-port`));
  });

  test("of two at once on one folder, one is refused and the other works", async () => {
    const both = await Promise.allSettled([startLocal({ dataDir }), startLocal({ dataDir })]);
    const [ready, ...more] = both.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    const [refused] = both.flatMap((each) => (each.status === "rejected" ? [String(each.reason)] : []));
    expect(more).toEqual([]);
    expect(refused).toContain("in use");
    expect(await ready?.stop()).toBe(0);
  });

  test("that is stopped in the middle, wherever that is, leaves nothing running, and the next one works", async () => {
    const stages: [string, () => boolean][] = [
      ["the folder is taken", () => existsSync(join(dataDir, "run.json"))],
      ["the database is being made", () => programsOf(dataDir).length >= 2],
      ["the control plane answers", () => existsSync(join(dataDir, "proxy.yaml"))],
      ["the proxy is being started", () => programsOf(dataDir).length >= 3],
    ];
    for (const [stage, isReached] of stages) {
      const { process: started, finished } = launchLocal(dataDir);
      await eventually(stage, () => isReached() || undefined);
      const programs = programsOf(dataDir);
      started.kill("SIGTERM");
      expect({ stage, ...(await finished) }).toEqual({ stage, code: 0, stdout: "", stderr: "" });
      await allGone(programs);
    }
    const local = await startLocal({ dataDir });
    expect(await tryOut(local)).toBe(one);
    await local.stop();
  }, 60_000);
});

describe("what runs stops", () => {
  let dataDir: string;
  beforeAll(() => {
    dataDir = temporaryDataDir();
  });
  afterAll(() => removeDataDir(dataDir));

  /** How it ended, once none of its programs runs any more. */
  async function endOf({ finished }: Launched) {
    const programs = programsOf(dataDir);
    const { code, stderr } = await finished;
    await allGone(programs);
    return { code, stderr, programs: programs.length };
  }
  const clean = { code: 0, stderr: "", programs: 3 };

  test.each(["SIGINT", "SIGHUP"] as const)(
    "with code 0 on %s to all that a terminal reaches",
    async (signal) => {
      const local = await startLocal({ dataDir, spawn: { detached: true } });
      process.kill(-(local.process.pid ?? 0), signal);
      expect(await endOf(local)).toEqual(clean);
    },
  );

  test("with code 0 on SIGTERM to npm alone, which runs it where the person stands", async () => {
    const cwd = dirname(dataDir);
    const local = await startLocal({ dataDir: ".postern", npm: true, spawn: { cwd } });
    local.process.kill("SIGTERM");
    expect(await endOf(local)).toEqual(clean);
  });

  test("when npm is killed", async () => {
    const local = await startLocal({ dataDir, npm: true });
    local.process.kill("SIGKILL");
    expect(await endOf(local)).toEqual({ ...clean, code: null });
  });

  test("when its output is closed, on a signal as ever", async () => {
    const local = await startLocal({ dataDir });
    local.process.stdout?.destroy();
    local.process.stderr?.destroy();
    local.process.kill("SIGTERM");
    expect(await endOf(local)).toEqual(clean);
  });
});

test("whoever types what is printed runs a query as alice and sees it in the audit log", async () => {
  const dataDir = temporaryDataDir();
  const launched = launchLocal(dataDir, { args: ["--format=text"] });
  await eventually("ready", () => /^ready/m.test(launched.output.stdout) || undefined);
  const printed = launched.output.stdout.trimEnd().split("\n");
  expect(printed.at(-1)).toMatch(/^ready/);
  const commands = printed.filter((line) => line.includes("npx postern"));
  expect(commands).toHaveLength(5);
  const env = { ...process.env, POSTERN_HOME: homeOf(dataDir), NO_COLOR: "1" };
  const outputs: string[] = [];
  for (const command of commands) {
    const { code, stdout, stderr } = await runCommand("sh", ["-c", command], { cwd: root, env });
    expect({ command, code, stderr }).toMatchObject({ command, code: 0 });
    outputs.push(stdout);
  }
  expect(outputs.at(-1)).toContain("select title, price from books");
  launched.process.kill("SIGTERM");
  await launched.finished;
  await removeDataDir(dataDir);
}, 60_000);
