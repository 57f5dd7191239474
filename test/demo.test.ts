/** The demo of GUIDE.md as one walk, by the real CLI and the real psql, over both stores. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AuditEvent, SessionQueryEvent } from "@postern/core/audit/event";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, follow, homeOf, type Local, startLocal } from "./support/local.ts";

const cliMain = fileURLToPath(new URL("../packages/cli/src/main.ts", import.meta.url));
const hasPsql = spawnSync("psql", ["--version"]).status === 0;
const hasTerminal = hasPsql && spawnSync("script", ["--version"]).stdout?.includes("util-linux");
const hasDynamo = process.platform === "linux" && process.arch === "x64";
if (!hasPsql) console.warn("psql is not installed: the steps of the demo that need it are left out");
if (hasPsql && !hasTerminal) console.warn("util-linux's script is not installed: Ctrl-C is left out");
if (!hasDynamo) console.warn("no DynamoDB emulator for this platform: the demo runs over SQLite alone");

const target = ["--db-user=alice", "--db-name=postgres", "aurora"];

describe.each(hasDynamo ? (["sqlite", "dynamodb"] as const) : (["sqlite"] as const))("over %s", (store) => {
  let local: Local;

  beforeAll(async () => {
    local = await startLocal({ store });
  }, 120_000);
  afterAll(async () => {
    await local.remove();
  });

  async function events(filter: readonly string[] = []): Promise<AuditEvent[]> {
    const args = ["audit", "ls", `--data-dir=${local.dataDir}`, "--format=json"];
    const result = await local.postern([...args, ...filter]);
    expect(result).toMatchObject({ code: 0 });
    return JSON.parse(result.stdout) as AuditEvent[];
  }

  async function statement(text: string): Promise<SessionQueryEvent> {
    return eventually(`the statement ${text}`, async () => {
      const found = await events(["--event", "db.session.query"]);
      return found
        .filter((event) => event.event === "db.session.query")
        .find((event) => event.db_query === text);
    });
  }

  test("alice logs in with the password that was printed", async () => {
    const { http, user, password } = local.ready;
    const login = ["login", `--proxy=${new URL(http).host}`, `--user=${user}`, "--password-stdin"];
    expect(await local.postern(login, { input: "wrong\n" })).toMatchObject({ code: 1 });
    expect(await local.postern(login, { input: `${password}\n` })).toMatchObject({ code: 0 });
    const status = await local.postern(["status", "--format=json"]);
    expect(JSON.parse(status.stdout)).toMatchObject({ user: "alice", roles: ["access", "db"] });
  });

  test("she sees the database with its labels", async () => {
    const list = await local.postern(["db", "ls", "--format=json", "env=dev"]);
    expect(JSON.parse(list.stdout)).toMatchObject([
      { name: "aurora", labels: { env: "dev" }, allowed_users: "[*]", public_addr: local.ready.pg },
    ]);
  });

  test("a query that needs no psql is answered and audited", async () => {
    const query = await local.postern(["db", "query", ...target, "--format=csv", "select 40 + 2 as answer"]);
    expect(query).toMatchObject({ code: 0, stdout: "answer\n42\n" });
    const event = await statement("select 40 + 2 as answer");
    expect(event).toMatchObject({
      code: "TDB02I",
      cluster_name: "local",
      db_name: "postgres",
      db_origin: "config-file",
      db_protocol: "postgres",
      db_query_parameters: [],
      db_roles: [],
      db_service: "aurora",
      db_user: "alice",
      success: true,
      user: "alice",
      affected_records: 1,
    });
    for (const key of [
      "ei",
      "sid",
      "time",
      "uid",
      "db_type",
      "db_uri",
      "addr.remote",
      "duration_ms",
      "statement_id",
    ]) {
      expect(event).toHaveProperty([key]);
    }
  });

  test.runIf(hasPsql)("psql runs statements, and a failing one is shown with its error", async () => {
    const sql = "select 1;\nselect nothing_there;\nselect 2; select 3;\n";
    const psql = await local.postern(["db", "connect", ...target, "--", "-X", "-q"], { input: sql });
    expect(psql.stderr).toContain("nothing_there");
    expect(psql.code).toBe(0);
    expect(await statement("select nothing_there;")).toMatchObject({
      code: "TDB02W",
      success: false,
      sqlstate: "42703",
    });
  });

  test.runIf(hasTerminal)("Ctrl-C in psql cancels what runs, and only that", async () => {
    const terminal = startPsqlInTerminal(local);
    terminal.stdin?.write("select pg_sleep(300);\n");
    await eventually("the sleeping statement", () => isSleeping(local));
    terminal.stdin?.write("\x03");
    expect(await statement("select pg_sleep(300);")).toMatchObject({ success: false, sqlstate: "57014" });
    terminal.stdin?.write("select 'still here';\n\\q\n");
    const [code] = (await once(terminal, "close")) as [number];
    expect(code).toBe(0);
    expect(await statement("select 'still here';")).toMatchObject({ success: true });
  });

  test("the session can be played", async () => {
    const { sid } = await statement("select 40 + 2 as answer");
    const list = ["recordings", "ls", `--data-dir=${local.dataDir}`, "--format=json"];
    const recordings = await local.postern(list);
    expect(JSON.parse(recordings.stdout)).toContainEqual(expect.objectContaining({ sid, user: "alice" }));
    const play = await local.postern(["play", "--format", "json", sid, `--data-dir=${local.dataDir}`]);
    const played = JSON.parse(play.stdout) as AuditEvent[];
    expect(played.map((event) => event.event)).toEqual([
      "db.session.start",
      "db.session.query",
      "db.session.end",
    ]);
    expect(played.map((event) => event.ei)).toEqual([0, 1, 2]);
    const text = await local.postern(["play", sid, `--data-dir=${local.dataDir}`]);
    expect(text.stdout).toContain("postgres=> select 40 + 2 as answer");
    expect(text.stdout).toContain("(1 row)");
  });

  test("a role is taken away, and whoever still holds a credential is refused by the proxy", async () => {
    const { stdout: token } = await local.postern(["db", "token", ...target]);
    const psql = hasPsql ? startPsql(local) : undefined;
    await psql?.says("connected");
    const taken = await local.postern(["rm", "role/db", `--data-dir=${local.dataDir}`]);
    expect(taken).toMatchObject({ code: 0, stdout: 'role "db" has been deleted\n' });
    const refusals = [await refusalOf(local, token.trim())];
    if (psql) refusals.push((await psql.type("\\connect\n").finished).stderr);
    for (const refusal of refusals) {
      expect(refusal).toMatch(/aurora.*alice.*postgres/s);
      const [decision = ""] = /de_[0-9A-Z]{26}/.exec(refusal) ?? [];
      const [denied] = (await events(["--event", "db.session.start"])).filter(
        (event) => "decision_id" in event && event.decision_id === decision,
      );
      expect(denied).toMatchObject({ code: "TDB00W", user: "alice", success: false, db_service: "aurora" });
    }
  });

  test("and gets no new one, saying why; that is audited as well", async () => {
    const refused = await local.postern(["db", "query", ...target, "select 1"]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/aurora.*alice.*postgres/s);
    const [decision = ""] = /de_[0-9A-Z]{26}/.exec(refused.stderr) ?? [];
    const denied = (await events()).find((event) => "decision_id" in event && event.decision_id === decision);
    expect(denied).toMatchObject({ user: "alice", success: false });
  });
});

/** With a database token that was issued while alice still might: the proxy's words, which must come as FATAL 28000. */
async function refusalOf({ dataDir, ready }: Local, password: string): Promise<string> {
  const [host = "", port] = ready.pg.split(":");
  const { identity } = JSON.parse(readFileSync(join(dataDir, "proxy/host.json"), "utf8")) as {
    identity: { host_ca: string[] };
  };
  const user = { user: "alice", database: "postgres", password };
  const client = new pg.Client({ host, port: Number(port), ...user, ssl: { ca: identity.host_ca } });
  const refused: unknown = await client.connect().catch((error: unknown) => error);
  expect(refused).toMatchObject({ severity: "FATAL", code: "28000" });
  return refused instanceof Error ? refused.message : "";
}

/** psql over the CLI's tunnel, which keeps its certificate: what is typed comes through a pipe. */
function startPsql(local: Local) {
  const args = [cliMain, "db", "connect", ...target, "--", "-X", "-q", "-A", "-t"];
  const env = { ...process.env, POSTERN_HOME: homeOf(local.dataDir) };
  const psql = follow(spawn(process.execPath, args, { env, stdio: ["pipe", "pipe", "pipe"] }));
  psql.process.stdin?.write("\\echo connected\n");
  return {
    finished: psql.finished,
    says: (text: string) => eventually(text, () => psql.output.stdout.includes(text) || undefined),
    type(text: string) {
      psql.process.stdin?.write(text);
      return psql;
    },
  };
}

/** In a pseudo-terminal, by util-linux's `script`: what is written to it is typed. */
function startPsqlInTerminal(local: Local): ChildProcess {
  const words = [process.execPath, cliMain, "db", "connect", ...target, "--", "-X"];
  // A shell that waited would take Ctrl-C as meant for itself, too.
  const command = `exec ${words.map((word) => `'${word}'`).join(" ")}`;
  return spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
    env: { ...process.env, POSTERN_HOME: homeOf(local.dataDir), PAGER: "cat" },
    stdio: ["pipe", "pipe", "pipe"],
  });
}

async function isSleeping(local: Local): Promise<true | undefined> {
  const sql =
    "select count(*) from pg_stat_activity where query like 'select pg_sleep%' and state = 'active'";
  const result = await local.postern(["db", "query", ...target, "--format=csv", sql]);
  return result.stdout.includes("\n1") ? true : undefined;
}
