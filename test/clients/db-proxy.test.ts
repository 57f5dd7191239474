/** Clients that know nothing of TLS, by `postern db proxy`: no certificate and no password on their side. */
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, type Launched, root, runCommand } from "../support/local.ts";
import { clients, isInstalled, javaClassPath, libpq18, python } from "./support/installed.ts";
import { startPsql } from "./support/psql.ts";
import { recorded, type Stage, startStage } from "./support/stage.ts";

let stage: Stage;
let proxy: Launched;
let url: string;

beforeAll(async () => {
  stage = await startStage();
  proxy = stage.postern.launch([
    "db",
    "proxy",
    "--db-user=alice",
    "--db-name=postgres",
    "--format=json",
    "aurora",
  ]);
  const line = await eventually("it listens", () => /^\{.*\}$/m.exec(proxy.output.stdout)?.[0]);
  ({ url } = JSON.parse(line) as { url: string });
});
afterAll(async () => {
  proxy?.process.kill("SIGTERM");
  await proxy?.finished;
  await stage?.stop();
});

describe("by node-postgres without ssl", () => {
  test("connects, runs a mix, fails, cancels and reconnects", async () => {
    const since = new Date();
    const client = new pg.Client(url);
    await client.connect();
    await client.query("create temporary table plain (id int, word text)");
    await client.query("insert into plain values ($1, $2)", [1, "one"]);
    const failed = await client.query("selec 1").catch((error: pg.DatabaseError) => error.code);
    const sleep = new pg.Query("select pg_sleep(60), 'plain'");
    const slept = new Promise((resolve) =>
      sleep.once("error", (error: pg.DatabaseError) => resolve(error.code)),
    );
    client.query(sleep);
    await stage.untilItRuns("pg_sleep(60), 'plain'");
    (new pg.Client(url) as unknown as { cancel(client: pg.Client, query: pg.Query): void }).cancel(
      client,
      sleep,
    );
    expect([failed, await slept]).toEqual(["42601", "57014"]);
    expect((await client.query("select word from plain")).rows).toEqual([{ word: "one" }]);
    await client.end();
    const second = new pg.Client(url);
    await second.connect();
    await second.query("select 'again'");
    await second.end();
    const sessions = await recorded(stage, since);
    expect(sessions.map(({ statements }) => statements)).toEqual([
      [
        ["create temporary table plain (id int, word text)", [], undefined],
        ["insert into plain values ($1, $2)", ["1", "one"], 1],
        ["selec 1", [], undefined, "42601"],
        ["select pg_sleep(60), 'plain'", [], undefined, "57014"],
        ["select word from plain", [], 1],
      ],
      [["select 'again'", [], 1]],
    ]);
    expect(sessions.map(({ cancels }) => cancels)).toEqual([1, 0]);
  });

  test("as another user or to another name than the port is for, is refused", async () => {
    for (const [user, database] of [
      ["root", "postgres"],
      ["alice", "template1"],
    ] as const) {
      const { port, host } = new pg.Client(url);
      const client = new pg.Client({ host, port, user, database });
      await expect(client.connect()).rejects.toMatchObject({ code: "28000" });
    }
  });
});

describe.runIf(isInstalled(clients.psql))("by psql with sslmode=disable", () => {
  test("works, and Ctrl-C cancels", async () => {
    const since = new Date();
    const { host, port } = new pg.Client(url);
    const env = {
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: "alice",
      PGDATABASE: "postgres",
      PGSSLMODE: "disable",
    };
    const psql = startPsql("psql", env, join(stage.postern.dataDir, "no-tls"));
    psql.type("select 'in clear';\nselec 1;\n\\qecho :LAST_ERROR_SQLSTATE\nselect pg_sleep(60), 'clear';\n");
    await stage.untilItRuns("pg_sleep(60), 'clear'");
    psql.pressCtrlC();
    await stage.untilItRests();
    psql.type("\\qecho :LAST_ERROR_SQLSTATE\n\\c\nselect 'again';\n\\q\n");
    expect(await psql.results).toBe("in clear\n42601\n57014\nagain\n");
    expect((await recorded(stage, since)).map(({ statements }) => statements)).toEqual([
      [
        ["select 'in clear';", [], 1],
        ["selec 1;", [], undefined, "42601"],
        ["select pg_sleep(60), 'clear';", [], undefined, "57014"],
      ],
      [["select 'again';", [], 1]],
    ]);
  });
});

describe.runIf(isInstalled(clients.pgbench))("by pgbench with sslmode=disable", () => {
  test("works with several connections", async () => {
    const env = { ...process.env, PGSSLMODE: "disable" };
    const run = async (...args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await runCommand(libpq18.pgbench, [...args, url], { env });
      expect({ code, stderr }).toMatchObject({ code: 0 });
      return stdout;
    };
    await run("--initialize", "--init-steps=dtG", "--quiet");
    const flags = ["--select-only", "--no-vacuum", "--protocol=prepared", "--client=3", "--transactions=5"];
    expect(await run(...flags)).toContain("number of transactions actually processed: 15/15");
  });
});

/** As docs/clients.md has them: by the local port, and with the files of `postern db login`. */
describe("what people put into the forms of GUI tools", () => {
  const field = (variable: string): string => stage.way.env[variable] ?? "";
  const server = () => `${field("PGHOST")}:${field("PGPORT")}`;

  test.runIf(isInstalled(clients.pgjdbc))("is enough for the driver of DBeaver and DataGrip", async () => {
    const { host, port } = new pg.Client(url);
    const files = {
      sslmode: "verify-full",
      sslrootcert: field("PGSSLROOTCERT"),
      sslcert: field("PGSSLCERT"),
      sslkey: field("PGSSLKEY").replace(/\.pem$/, ".pk8"),
    };
    const form = Object.entries({ user: "alice", ssl: "true", ...files }).map((each) => each.join("="));
    const ways = [
      [`jdbc:postgresql://${host}:${port}/postgres`, "user=alice", "password="],
      [`jdbc:postgresql://${server()}/postgres`, ...form],
      [stage.way.jdbcUrl],
    ];
    const program = `${root}test/clients/programs/Forms.java`;
    const args = ["-cp", javaClassPath, program, ...ways.flatMap((way) => [...way, "--"])];
    const { code, stdout, stderr } = await runCommand("java", args);
    expect({ code, stderr, stdout }).toEqual({ code: 0, stderr: "", stdout: "alice@postgres\n".repeat(3) });
  });

  test.runIf(isInstalled(clients.psycopg))("is enough for libpq, by which pgAdmin connects", async () => {
    const { host, port } = new pg.Client(url);
    const common = { dbname: "postgres", user: "alice", connect_timeout: 10 };
    const ways = [
      { host, port, sslmode: "disable", ...common },
      {
        host: field("PGHOST"),
        port: field("PGPORT"),
        sslmode: "verify-full",
        sslrootcert: field("PGSSLROOTCERT"),
        sslcert: field("PGSSLCERT"),
        sslkey: field("PGSSLKEY"),
        ...common,
      },
    ];
    const program = `
import json, psycopg, sys
for way in json.load(sys.stdin):
    with psycopg.connect(**way) as connection:
        print(connection.execute("select current_user || '@' || current_database()").fetchone()[0])`;
    const { code, stdout, stderr } = await runCommand(python, ["-c", program], {
      input: JSON.stringify(ways),
    });
    expect({ code, stderr, stdout }).toEqual({ code: 0, stderr: "", stdout: "alice@postgres\n".repeat(2) });
  });
});
