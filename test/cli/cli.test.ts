/** The CLI as a person or a program meets it: transcripts, signals and terminals, against one `npm start`. */
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, type Local, startLocal } from "../support/local.ts";
import { type Running, startAtTerminal, startPostern } from "./running.ts";
import {
  fill,
  meet,
  type Outcome,
  parseCommand,
  parseTranscript,
  type Step,
  type Values,
} from "./transcript.ts";

const folder = fileURLToPath(new URL("./transcripts/", import.meta.url));
const names = globSync("*.txt", { cwd: folder }).sort();

const hasPsql = spawnSync("psql", ["--version"]).status === 0;
const hasTerminal = spawnSync("script", ["--version"]).stdout?.includes("util-linux");

let local: Local;
const values: Values = new Map();
let temporary: string;

beforeAll(async () => {
  local = await startLocal();
  const { http, pg, password } = local.ready;
  const data = local.dataDir;
  temporary = join(data, "..", "temporary");
  mkdirSync(temporary);
  const known = { http, host: new URL(http).host, pg, password, data, temporary, transcripts: folder };
  for (const [name, value] of Object.entries(known)) values.set(name, value);
}, 120_000);
afterAll(() => local.remove());

/** The compile cache makes the many starts cheap; nothing else of the environment is ours. */
const environment = () => ({ NODE_COMPILE_CACHE: join(temporary, "..", "cache"), TMPDIR: temporary });

const linesOf = (text: string) => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));

/** What the step must give, and what it gives. */
async function runStep(step: Step): Promise<{ expected: Outcome; actual: Outcome }> {
  const { env, args } = parseCommand(fill(step.command, values));
  const input = step.input.map((line) => `${fill(line, values)}\n`).join("");
  const result = await local.postern(args, { input, env: { ...environment(), ...env } });
  const actual = { code: result.code, stdout: linesOf(result.stdout), stderr: linesOf(result.stderr) };
  const { code, stdout, stderr } = step.expected;
  const met = { stdout: meet(stdout, actual.stdout, values), stderr: meet(stderr, actual.stderr, values) };
  return { actual, expected: { code, ...met } };
}

describe.each(names.map((name) => basename(name, ".txt")))("%s", (name) => {
  const steps = parseTranscript(readFileSync(join(folder, `${name}.txt`), "utf8"));
  test.each(steps.map((step) => [step.line, step.command, step] as const))(
    "line %d: %s",
    async (...[, , step]) => {
      const { expected, actual } = await runStep(step);
      expect(actual).toEqual(expected);
    },
  );
});

const target = ["--db-user=alice", "--db-name=postgres", "aurora"];
const home = () => ({ ...process.env, POSTERN_HOME: join(local.dataDir, "..", "home"), ...environment() });
const tunnels = () => readdirSync(temporary).filter((name) => name.startsWith("postern-db-"));

async function lastStatement(): Promise<{ db_query: string; sqlstate?: string } | undefined> {
  const list = ["audit", "ls", "--event=db.session.query", "--limit=1", "--format=json"];
  const { stdout } = await local.postern([...list, `--data-dir=${local.dataDir}`], { env: environment() });
  return (JSON.parse(stdout) as { db_query: string }[])[0];
}

const seen = (running: Running, text: string) =>
  eventually(text, () => Promise.resolve(running.output().includes(text) || undefined));

describe("a signal", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s ends `db query` and the statement that it runs", async (signal, code) => {
    const sql = `do $$ begin raise notice 'until ${signal}'; perform pg_sleep(300); end $$`;
    const query = startPostern(["db", "query", ...target, sql], home());
    await seen(query, `NOTICE: until ${signal}`);
    query.process.kill(signal);
    expect(await query.end).toBe(code);
    const cancelled = await eventually("the statement's end", async () => {
      const statement = await lastStatement();
      return statement?.db_query === sql ? statement : undefined;
    });
    expect(cancelled).toMatchObject({ success: false, sqlstate: "57014" });
  });

  test.runIf(hasPsql)("SIGTERM ends `db connect`, its psql, and its tunnel", async () => {
    const connect = startPostern(["db", "connect", ...target, "--", "-X"], home());
    connect.type("select 'it ' || 'runs';\n");
    await seen(connect, "it runs");
    expect(tunnels()).toHaveLength(1);
    connect.process.kill("SIGTERM");
    expect(await connect.end).toBe(143);
    expect(tunnels()).toEqual([]);
  });

  test.runIf(hasPsql)("SIGINT is psql's affair: `db connect` goes on", async () => {
    const connect = startPostern(["db", "connect", ...target, "--", "-X"], home());
    connect.type("select 'it ' || 'runs';\n");
    await seen(connect, "it runs");
    connect.process.kill("SIGINT");
    connect.type("select 'it still ' || 'runs';\n\\q\n");
    expect(await connect.end).toBe(0);
    expect(connect.output()).toContain("it still runs");
    expect(tunnels()).toEqual([]);
  });
});

describe("a pipe", () => {
  test("that is closed early ends the command without a word", async () => {
    const list = startPostern(["audit", "ls", `--data-dir=${local.dataDir}`, "--format=json"], home());
    list.process.stdout?.destroy();
    expect(await list.end).toBe(1);
    expect(list.output()).toBe(`as the local admin of ${local.ready.http}\n`);
  });

  test("that stays open behind the password is not waited for", async () => {
    const login = startPostern(["login", "--user=alice", "--password-stdin"], home());
    login.type(`${local.ready.password}\n`);
    expect(await login.end).toBe(0);
  });
});

describe.runIf(hasPsql)("psql", () => {
  const run = (...args: string[]) => local.postern(["db", "connect", ...args], { env: environment() });

  test("runs with what stands behind --, and its failure is 1", async () => {
    expect(await run(...target, "--", "-XAtc", "select 40 + 2")).toEqual({
      code: 0,
      stdout: "42\n",
      stderr: "",
    });
    const failing = await run(...target, "--", "-X", "-v", "ON_ERROR_STOP=1", "-c", "select nothing_there");
    expect(failing).toMatchObject({ code: 1, stderr: expect.stringContaining("nothing_there") as string });
  });

  test("shows why the proxy refuses, with the hint", async () => {
    const refused = await run("--db-user=nobody", "--db-name=postgres", "aurora", "--", "-X");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/FATAL:.*nobody.*de_[0-9A-Z]{26}.*HINT:.*rds_iam/s);
  });

  test("that isn't installed is named where arguments are for it, and no tunnel is left", async () => {
    const env = { ...environment(), PATH: "/nonexistent" };
    const missing = await local.postern(["db", "connect", ...target, "--", "-X"], { env });
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("psql is not installed") as string,
    });
    expect(tunnels()).toEqual([]);
  });
});

describe.runIf(hasTerminal)("at a terminal", () => {
  test("the password is asked for, and not shown", async () => {
    const login = startAtTerminal(["login", "--user=alice"], 100, home());
    await seen(login, "Password of alice");
    login.type(`${local.ready.password}\r`);
    expect(await login.end).toBe(0);
    expect(login.output()).toContain("logged in to local as alice");
    expect(login.output()).not.toContain(local.ready.password);
  });

  test("a table is as wide as it, its header bold unless NO_COLOR is set", async () => {
    // Node takes a terminal in CI for one without colours.
    const env = { ...home(), TERM: "xterm", NO_COLOR: undefined, FORCE_COLOR: undefined, CI: undefined };
    const coloured = startAtTerminal(["db", "ls"], 90, env);
    expect(await coloured.end).toBe(0);
    const [header, row = ""] = coloured.output().split("\r\n");
    expect(header).toMatch(/Name .*Connect/);
    expect(header?.startsWith("\u001b[1m")).toBe(true);
    expect(row).toMatch(/^aurora .*… .* postern db connect --db-user=USER aurora$/);
    expect(row.length).toBeLessThanOrEqual(90);
    const plain = startAtTerminal(["db", "ls"], 90, { ...env, NO_COLOR: "1" });
    expect(await plain.end).toBe(0);
    expect(plain.output()).not.toContain("\u001b");
  });

  test("CSV of a hostile database can't move the cursor", async () => {
    const sql = "select chr(27) || chr(91) || chr(50) || chr(74) as x";
    const query = startAtTerminal(["db", "query", ...target, "--format=csv", sql], 80, home());
    expect(await query.end).toBe(0);
    expect(query.output()).toBe("x\r\n\\u001b[2J\r\n");
  });
});
