/** What GUIDE.md promises of `npm start`: ports, state, clean stops, and recovery from the other kind. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, type Local, runCommand, startLocal } from "./support/local.ts";

const localMain = fileURLToPath(new URL("../packages/local/src/main.ts", import.meta.url));
const login = (local: Local) =>
  local.postern(["login", `--proxy=${new URL(local.ready.http).host}`, "--user=alice", "--password-stdin"], {
    input: `${local.ready.password}\n`,
  });
const query = (local: Local, sql: string) =>
  local.postern(["db", "query", "--db-user=alice", "--db-name=postgres", "aurora", "--format=csv", sql]);

/** The programs that a run has started: its own process and those that `run.json` names. */
function programsOf(local: Local): number[] {
  const run = JSON.parse(readFileSync(join(local.dataDir, "run.json"), "utf8")) as {
    pid: number;
    programs: { pid: number }[];
  };
  return [run.pid, ...run.programs.map(({ pid }) => pid)];
}

function isRunning(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

const allGone = (pids: readonly number[]) => async () => (pids.some(isRunning) ? undefined : true);

describe("npm start", () => {
  let local: Local;

  beforeAll(async () => {
    local = await startLocal();
    await login(local);
  }, 120_000);
  afterAll(() => local.remove());

  async function restart(args: readonly string[] = []): Promise<void> {
    local = await startLocal({ dataDir: local.dataDir, args });
  }

  test("prints one JSON object and nothing else with --format=json", () => {
    expect(local.printed).toEqual([]);
    expect(local.ready).toMatchObject({ ready: true, user: "alice" });
    expect(local.ready.http).toMatch(/^http:\/\/localhost:\d+$/);
    expect(local.ready.pg).toMatch(/^localhost:\d+$/);
  });

  test("refuses a data folder that another one has, and a busy port, naming them", async () => {
    const second = await runCommand(process.execPath, [localMain, `--data-dir=${local.dataDir}`], {});
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(local.dataDir);
    const taken = createServer();
    await once(taken.listen(0, "127.0.0.1"), "listening");
    const port = String((taken.address() as { port: number }).port);
    const args = [localMain, `--data-dir=${local.dataDir}-2`, "--http-port", port, "--pg-port=0"];
    const busy = await runCommand(process.execPath, args, {});
    taken.close();
    expect(busy.code).toBe(1);
    expect(busy.stderr).toContain(port);
  });

  test("refuses what it doesn't know with exit code 2", async () => {
    expect(await runCommand(process.execPath, [localMain, "--bogus"], {})).toMatchObject({ code: 2 });
    expect(await runCommand(process.execPath, [localMain, "--pg-port=99999"], {})).toMatchObject({ code: 2 });
  });

  test("keeps users, passwords, logins' audit and the database over a restart", async () => {
    await query(local, "insert into authors (author_id, name) values (90001, 'Kept')");
    const programs = programsOf(local);
    expect(await local.stop()).toBe(0);
    await eventually("the end of all programs", allGone(programs));
    const { password } = local.ready;
    await restart();
    expect(local.ready.password).toBe(password);
    expect(await login(local)).toMatchObject({ code: 0 });
    expect((await query(local, "select name from authors where author_id = 90001")).stdout).toBe(
      "name\nKept\n",
    );
    const audit = await local.postern(["audit", "ls", `--data-dir=${local.dataDir}`, "--format=json"]);
    expect(audit.stdout).toContain("insert into authors");
  });

  test("recovers by itself after SIGKILL, and no orphan keeps a port or a folder", async () => {
    const programs = programsOf(local);
    local.process.kill("SIGKILL");
    await once(local.process, "exit");
    const ports = [
      `--http-port=${new URL(local.ready.http).port}`,
      `--pg-port=${local.ready.pg.split(":")[1] ?? ""}`,
    ];
    await restart(ports);
    expect(programs.filter(isRunning)).toEqual([]);
    expect(await login(local)).toMatchObject({ code: 0 });
    expect((await query(local, "select 1 as one")).stdout).toBe("one\n1\n");
  });

  test("recovers when everything that it started was killed with it", async () => {
    const programs = programsOf(local);
    for (const pid of programs) process.kill(pid, "SIGKILL");
    await eventually("the end of all programs", allGone(programs));
    await restart();
    expect(await login(local)).toMatchObject({ code: 0 });
    expect((await query(local, "select 1 as one")).stdout).toBe("one\n1\n");
  });

  test("forgets everything with --fresh", async () => {
    await local.stop();
    const { password } = local.ready;
    await restart(["--fresh"]);
    expect(local.ready.password).not.toBe(password);
    expect(await login(local)).toMatchObject({ code: 0 });
    expect((await query(local, "select name from authors where author_id = 90001")).stdout).toBe("name\n");
  });

  test("refuses requests with a foreign Host or Origin", async () => {
    const curl = (header: string) =>
      runCommand(
        "curl",
        ["-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", header, `${local.ready.http}/v1/health`],
        {},
      );
    expect((await curl("Host: evil.example.com")).stdout).toBe("421");
    expect((await curl("Origin: https://evil.example.com")).stdout).toBe("403");
    expect((await curl("Accept: */*")).stdout).toBe("200");
  });
});
