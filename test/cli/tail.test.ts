/** `audit tail` while things happen: what a person at it sees, and what a program reads. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, homeOf, type Local, startLocal } from "../support/local.ts";
import { type Running, startPostern } from "./running.ts";

let local: Local;
const target = ["--db-user=alice", "--db-name=postgres", "aurora"];
const environment = () => ({
  NODE_COMPILE_CACHE: join(local.dataDir, "..", "cache"),
  POSTERN_HOME: homeOf(local.dataDir),
});
const query = (sql: string) => local.postern(["db", "query", ...target, sql], { env: environment() });

const follow = (...args: string[]): Running =>
  startPostern(["audit", "tail", `--data-dir=${local.dataDir}`, ...args], {
    ...process.env,
    ...environment(),
  });

const seen = (running: Running, text: string) =>
  eventually(text, () => Promise.resolve(running.output().includes(text) || undefined));

async function endWith(running: Running, signal: NodeJS.Signals): Promise<unknown> {
  running.process.kill(signal);
  return await running.end;
}

beforeAll(async () => {
  local = await startLocal();
  const { http, password } = local.ready;
  const login = ["login", `--proxy=${http}`, "--user=alice"];
  await local.postern(login, { env: { ...environment(), POSTERN_PASSWORD: password } });
}, 120_000);
afterAll(() => local.remove());

describe("audit tail", () => {
  test("shows statements as they run and once they are done, and ends with Ctrl-C", async () => {
    const tail = follow("--event=db.session.query", "--lines=0");
    await seen(tail, "as the local admin");
    // What is asked for in the first second may have come before it follows.
    await eventually("the first statement", async () => {
      await query("select 'first'");
      return tail.output().includes("select 'first'") || undefined;
    });
    const sleeping = query("select 'slow', pg_sleep(6)");
    await seen(tail, "pg_sleep(6) (running)");
    expect((await sleeping).code).toBe(0);
    await eventually("its event", () => /TDB02I.*pg_sleep\(6\)$/m.test(tail.output()) || undefined);
    expect(tail.output().match(/pg_sleep\(6\)$/gm)).toHaveLength(1);
    expect(await endWith(tail, "SIGINT")).toBe(130);
  });

  test("is one JSON value per line, from the newest on", async () => {
    await query("select 'before'");
    const tail = follow("--format=json", "--user=alice", "--lines=3");
    await seen(tail, "db.session");
    await query("select 'after'");
    await seen(tail, "select 'after'");
    expect(await endWith(tail, "SIGTERM")).toBe(143);
    const [, ...lines] = tail.output().trimEnd().split("\n");
    const events = lines.map((line) => JSON.parse(line) as { user: string; uid?: string });
    expect(events.every(({ user }) => user === "alice")).toBe(true);
    const uids = events.flatMap(({ uid }) => uid ?? []);
    expect(new Set(uids).size).toBe(uids.length);
  });

  test("waits for a control plane that is away, and goes on with nothing missed", async () => {
    const tail = follow("--lines=1");
    await seen(tail, "db.session");
    await local.stop();
    await seen(tail, "trying again");
    const { http, pg } = local.ready;
    const ports = [`--http-port=${new URL(http).port}`, `--pg-port=${pg.split(":")[1]}`];
    const again = await startLocal({ dataDir: local.dataDir, args: ports });
    local = again;
    await query("select 'it is back'");
    await seen(tail, "select 'it is back'");
    expect(tail.output().match(/trying again/g)).toHaveLength(1);
    expect(await endWith(tail, "SIGINT")).toBe(130);
  });

  test("is not for those who may not list events", async () => {
    const refused = await local.postern(["audit", "tail"], { env: environment() });
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/right to list the resource `event`.*decision: de_/s);
  });
});
