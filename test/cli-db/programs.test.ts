/** What `db login` and `db proxy` give other programs: tried by programs that know nothing of Postern. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Running, startPostern } from "../cli/running.ts";
import { eventually, homeOf, type Local, startLocal } from "../support/local.ts";

const hasPsql = spawnSync("psql", ["--version"]).status === 0;
const main = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));
const target = ["--db-user=alice", "--db-name=postgres", "aurora"];

let local: Local;

beforeAll(async () => {
  local = await startLocal();
  await logIn();
}, 120_000);
afterAll(() => local.remove());

async function logIn(): Promise<void> {
  const { http, password } = local.ready;
  const login = ["login", `--proxy=${http}`, "--user=alice"];
  expect(await local.postern(login, { env: { POSTERN_PASSWORD: password } })).toMatchObject({ code: 0 });
}

interface Configuration {
  readonly host: string;
  readonly port: number;
  readonly root_cert_file: string;
  readonly cert_file: string;
  readonly key_file: string;
}

async function logInToDatabase(): Promise<Configuration> {
  const { code, stdout, stderr } = await local.postern(["db", "login", ...target, "--format=json"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as Configuration;
}

/** By node-postgres, with the server's name verified. */
async function query(files: Configuration, sql: string): Promise<unknown[]> {
  const client = new pg.Client({
    host: files.host,
    port: files.port,
    user: "alice",
    database: "postgres",
    ssl: {
      ca: readFileSync(files.root_cert_file, "utf8"),
      cert: readFileSync(files.cert_file, "utf8"),
      key: readFileSync(files.key_file, "utf8"),
    },
  });
  try {
    await client.connect();
    return (await client.query({ text: sql, rowMode: "array" })).rows.flat() as unknown[];
  } finally {
    await client.end();
  }
}

describe("files", () => {
  test("let a driver in, until they are given up: then not even a copy does", async () => {
    const files = await logInToDatabase();
    expect(await query(files, "select current_user")).toEqual(["alice"]);
    const copies = join(homeOf(local.dataDir), "copies");
    cpSync(join(files.key_file, ".."), copies, { recursive: true, dereference: true });
    const copied = {
      ...files,
      cert_file: join(copies, "cert.pem"),
      key_file: join(copies, "key.pem"),
      root_cert_file: join(copies, "root.pem"),
    };
    expect(await query(copied, "select 1")).toEqual([1]);
    expect(await local.postern(["db", "logout", "aurora"])).toMatchObject({ code: 0 });
    await expect(query(copied, "select 1")).rejects.toMatchObject({ code: "28000" });
    expect(() => readFileSync(files.key_file)).toThrow("ENOENT");
  });

  test.runIf(hasPsql)("let psql in by the environment alone", async () => {
    await logInToDatabase();
    const { stdout } = await local.postern(["db", "env", "aurora"]);
    const script = `${stdout}\npsql -XAtc 'select current_user'`;
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PG")));
    expect(spawnSync("sh", ["-c", script], { env, encoding: "utf8" })).toMatchObject({
      status: 0,
      stdout: "alice\n",
    });
  });

  test("two logins at once leave one that is whole", async () => {
    const [one, two] = await Promise.all([logInToDatabase(), logInToDatabase()]);
    expect(one.key_file).toBe(two.key_file);
    expect(await query(one, "select 1")).toEqual([1]);
  });

  test("a full disk leaves those that were there", async () => {
    const files = await logInToDatabase();
    const before = readdirSync(join(files.key_file, "..", ".."));
    const env = { ...process.env, POSTERN_HOME: homeOf(local.dataDir), NODE_COMPILE_CACHE: "" };
    const script = `ulimit -f 0; exec '${process.execPath}' '${main}' db login ${target.join(" ")}`;
    const failed = spawn("sh", ["-c", script], { env });
    expect(await text(failed.stderr)).toMatch(/^error: can't write /);
    expect(readdirSync(join(files.key_file, "..", ".."))).toEqual(before);
    expect(await query(files, "select 1")).toEqual([1]);
  });

  test("go with the login that they hang on", async () => {
    const files = await logInToDatabase();
    expect(await local.postern(["logout"])).toMatchObject({ code: 0 });
    expect(() => readFileSync(files.key_file)).toThrow("ENOENT");
    await logIn();
  });
});

describe("a local port", () => {
  let proxy: Running & { readonly process: ChildProcess };
  let port: number;

  beforeAll(async () => {
    const env = { ...process.env, POSTERN_HOME: homeOf(local.dataDir) };
    proxy = startPostern(["db", "proxy", ...target, "--format=json"], env);
    const line = await eventually("the port", () => /^\{.*\}$/m.exec(proxy.output())?.[0]);
    ({ port } = JSON.parse(line) as { port: number });
  });
  afterAll(() => proxy.process.kill("SIGINT"));

  const open = (more: pg.ClientConfig = {}) =>
    new pg.Client({ host: "127.0.0.1", port, user: "alice", database: "postgres", ...more });

  async function ask(sql: string, more: pg.ClientConfig = {}): Promise<unknown[]> {
    const client = open(more);
    try {
      await client.connect();
      return (await client.query({ text: sql, rowMode: "array" })).rows.flat() as unknown[];
    } finally {
      await client.end();
    }
  }

  test("lets in a driver that knows of no certificate and no password", async () => {
    expect(await ask("select current_user, current_database()")).toEqual(["alice", "postgres"]);
    expect(await ask("show application_name", { application_name: "DBeaver" })).toEqual(["DBeaver"]);
  });

  test("lets in many at once, and large results at the speed of who reads them", async () => {
    const sizes = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const rows = await ask("select repeat('x', 1000) from generate_series(1, 2000)");
        return rows.join("").length;
      }),
    );
    expect(sizes).toEqual(Array.from({ length: 10 }, () => 2_000_000));
  });

  test.runIf(hasPsql)("passes on what psql asks to cancel", async () => {
    const url = `postgresql://alice@127.0.0.1:${port}/postgres`;
    const psql = spawn("psql", [
      "-X",
      url,
      "-c",
      "do $$ begin raise notice 'now'; perform pg_sleep(300); end $$",
    ]);
    const errors = { text: "" };
    psql.stderr.setEncoding("utf8").on("data", (chunk: string) => (errors.text += chunk));
    await eventually("the statement", () => errors.text.includes("now") || undefined);
    psql.kill("SIGINT");
    const ended = new Promise((resolve) => psql.once("close", resolve));
    expect(await ended).toBe(1);
    expect(errors.text).toContain("canceling statement due to user request");
  });

  test.each([
    ["another user", { user: "postgres" }],
    ["another database", { database: "template1" }],
  ])("refuses %s", async (_, more) => {
    await expect(ask("select 1", more)).rejects.toMatchObject({ code: "28000" });
  });

  test("has nothing to say to a browser", async () => {
    const socket = connect(port, "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    expect(await text(socket)).toBe("");
  });

  test("says when the login is over, and goes on after the next one", async () => {
    const client = open();
    await client.connect();
    const ended = new Promise((resolve) => client.on("error", resolve));
    await local.postern(["logout"]);
    await ended; // a session ends with its login
    await expect(ask("select 1")).rejects.toMatchObject({
      code: "28000",
      hint: expect.stringMatching(/^postern login --proxy=localhost:\d+ --user=/) as string,
    });
    await logIn();
    expect(await ask("select 1")).toEqual([1]);
  });

  test("is closed by Ctrl-C, which is no failure", async () => {
    proxy.process.kill("SIGINT");
    expect(await proxy.end).toBe(0);
    await expect(ask("select 1")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});

test("a statement that fails in `db query` leaves a session that ended as it should", async () => {
  const failed = await local.postern(["db", "query", ...target, "select 'how it ends' / 0"]);
  expect(failed.code).toBe(1);
  const audit = async (event: string) => {
    const args = ["audit", "ls", `--event=${event}`, `--data-dir=${local.dataDir}`, "--format=json"];
    return JSON.parse((await local.postern(args)).stdout) as {
      sid: string;
      code: string;
      db_query?: string;
    }[];
  };
  const end = await eventually("the session's end", async () => {
    const statement = (await audit("db.session.query")).find(({ db_query }) =>
      db_query?.includes("how it ends"),
    );
    return (await audit("db.session.end")).find(({ sid }) => sid === statement?.sid);
  });
  expect(end).toMatchObject({ reason: "client_closed" });
});
