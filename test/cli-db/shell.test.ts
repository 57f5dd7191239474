/** The built-in shell as people use it: at a terminal, and by pipes; against one `npm start`. */
import { spawnSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Running, startAtTerminal, startPostern } from "../cli/running.ts";
import { eventually, homeOf, type Local, startLocal } from "../support/local.ts";

const hasTerminal = spawnSync("script", ["--version"]).stdout?.includes("util-linux");
const target = ["--db-user=alice", "--db-name=postgres", "aurora"];
const connect = ["db", "connect", "--no-psql", ...target];

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

/** What the shell makes of these lines. */
const pipe = (...lines: string[]) => local.postern(connect, { input: lines.join("\n") });

describe("by a pipe", () => {
  test("statements of several lines are run, the last one also without its semicolon", async () => {
    const { code, stdout, stderr } = await pipe(
      "select 1",
      "as one; select 'a;b' as \"t;\";",
      "-- done",
      "select 2 as two",
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.split("\n")).toEqual([
      " one ",
      "-----",
      "   1",
      "(1 row)",
      "",
      " t;  ",
      "-----",
      " a;b",
      "(1 row)",
      "",
      " two ",
      "-----",
      "   2",
      "(1 row)",
      "",
      "",
    ]);
  });

  test("what fails is shown with its place, and the rest is run", async () => {
    const { code, stdout, stderr } = await pipe("select", "  nothing;", "select 1/0;", "select 'goes on';");
    expect(code).toBe(0);
    expect(stdout).toContain("goes on");
    expect(stderr).toBe(
      'ERROR:  column "nothing" does not exist\nLINE 2:   nothing;\n          ^\nERROR:  division by zero\n',
    );
  });

  test("a connection that ends ends the shell, with the code of a connection", async () => {
    const { code, stderr } = await pipe("select pg_terminate_backend(pg_backend_pid());", "select 'never';");
    expect(code).toBe(3);
    expect(stderr).toContain("FATAL:");
  });

  test("tables are described", async () => {
    const { stdout } = await pipe(String.raw`\d books`, String.raw`\d nothing_there`);
    expect(stdout).toMatch(/Table "public\.books"/);
    expect(stdout).toMatch(/^ price +\| numeric\(6,2\) +\| +\| not null \| $/m);
    expect(stdout).toMatch(/Indexes:\n {4}"books_pkey" PRIMARY KEY, btree \(book_id\)/);
    expect(stdout).toMatch(/Foreign-key constraints:\n {4}"books_author_id_fkey" FOREIGN KEY/);
  });

  test.each([
    [String.raw`\d`, / public \| books +\| table /],
    [String.raw`\dt b*`, /List of tables[^]*books[^]*\(1 row\)/],
    [String.raw`\dv`, / public \| sales \| view /],
    [String.raw`\di books*`, /books_pkey +\| index/],
    [String.raw`\ds`, /orders_order_id_seq \| sequence/],
    [String.raw`\dn`, / public /],
    [String.raw`\du`, / alice +\|/],
    [String.raw`\du ali*`, / alice +\| +\| \{rds_iam\} *\n\(1 row\)/],
    [String.raw`\dn pg_catalog`, / pg_catalog \| rdsadmin *\n\(1 row\)/],
    [String.raw`\df pg_catalog.version`, /pg_catalog \| version \| text/],
    [String.raw`\l`, /List of databases[^]* postgres /],
    [String.raw`\l template?`, / template0 [^]* template1 [^]*\(2 rows\)/],
    [String.raw`\conninfo`, /database "postgres" as user "alice"/],
    [String.raw`\?`, /\\conninfo +show/],
    [`${String.raw`\x`}\nselect 1 as a, 'b\n c' as t;`, /-\[ RECORD 1 \]-*\na \| 1\nt \| b\n {2}\|  c\n/],
    [String.raw`select 5 as five \gx`, /five \| 5/],
    [`${String.raw`\timing`}\nselect 1;`, /Timing is on\.[^]*Time: \d+\.\d{3} ms/],
    [
      `create temp table c (a int);\ncopy c from stdin;\n1\n2\n${String.raw`\.`}\nselect sum(a) from c;`,
      / {3}3\n/,
    ],
  ])("%s", async (lines, expected) => {
    const { code, stdout, stderr } = await pipe(...lines.split("\n"));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(expected);
  });

  test("a command that isn't there is said to be none", async () => {
    const { code, stderr } = await pipe(String.raw`\frobnicate now`, "select 1;");
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: "invalid command \\frobnicate\nTry \\? for help.\n",
    });
  });

  test("a file's statements are run in its place; one that isn't there is named", async () => {
    const file = join(homeOf(local.dataDir), "statements.sql");
    writeFileSync(file, `select 'from ' || 'the file'`);
    const { stdout, stderr } = await pipe(`\\i '${file}'`, "\\i /nonexistent.sql", "select 'and ' || 'on';");
    expect(stdout).toMatch(/from the file[^]*and on/);
    expect(stderr).toContain("/nonexistent.sql");
  });

  test("nothing that a database holds can move the cursor", async () => {
    const { stdout, stderr } = await pipe(
      `select E'\\x1b]52;c;AAAA\\x07' as "\u001b[2J";`,
      String.raw`do $$ begin raise exception E'\x1b[2J'; end $$;`,
    );
    expect(stdout + stderr).toContain("\\u001b]52");
    expect(stdout + stderr).not.toContain("\u001b");
  });

  test("another database name takes another credential; without it the connection stays", async () => {
    const role = await local.postern(["get", "role/db", `--data-dir=${local.dataDir}`]);
    const shell = startAtPipe();
    shell.type("\\c template1\nselect current_database();\n");
    await seen(shell, " template1");
    await local.postern(["rm", "role/db", `--data-dir=${local.dataDir}`]);
    try {
      shell.type("\\c postgres\nselect 'still ' || current_database();\n");
      await seen(shell, "still template1");
    } finally {
      const restored = await local.postern(["create", `--data-dir=${local.dataDir}`], { input: role.stdout });
      expect(restored).toMatchObject({ code: 0 });
      await local.postern([
        "users",
        "update",
        "alice",
        "--set-roles=access,db",
        `--data-dir=${local.dataDir}`,
      ]);
    }
    shell.type("\\q\n");
    expect(await shell.end).toBe(0);
    expect(shell.output()).toContain('You are now connected to database "template1" as user "alice".');
    expect(shell.output()).toMatch(
      /FATAL: {2}.*\nDETAIL: {2}decision de_.*\nHINT: [^]*Previous connection kept/,
    );
  });
});

test("where psql isn't installed, the shell is there", async () => {
  const args = ["db", "connect", ...target];
  const { code, stdout, stderr } = await local.postern(args, {
    input: "select 42 as n",
    env: { PATH: "/nonexistent" },
  });
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: "psql is not installed: this is Postern's own shell\n",
  });
  expect(stdout).toContain("42");
});

describe.runIf(hasTerminal)("at a terminal", () => {
  test("prompts tell what is open, Ctrl-C cancels, and lines are kept for the next time", async () => {
    const shell = startAtTerminal(connect, 100, environment());
    await seen(shell, "postgres=> ");
    shell.type("begin;\r");
    await seen(shell, "postgres=*> ");
    shell.type("select (\r");
    await seen(shell, "postgres(*> ");
    shell.type("'a\r");
    await seen(shell, "postgres'*> ");
    shell.type("\u0003");
    shell.type("rollback;\r");
    await seen(shell, "ROLLBACK");
    shell.type("select 'it ' || 'runs', pg_sleep(0); select pg_sleep(300);\r");
    await seen(shell, "it runs");
    await eventually("the statement's cancellation", () => {
      shell.type("\u0003"); // until it has come to the server's work
      return shell.output().includes("canceling statement due to user request") || undefined;
    });
    shell.type("select 'alive ' || 'still';\r");
    await seen(shell, "alive still");
    shell.type(" select 'not ' || 'kept';\r");
    await seen(shell, "not kept");
    shell.type("\u0004");
    expect(await shell.end).toBe(0);
    const file = join(homeOf(local.dataDir), "history");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, "utf8")).toContain("select 'alive ' || 'still';\n");
    expect(readFileSync(file, "utf8")).not.toContain("kept");
  });

  test("what was typed the last time is there again", async () => {
    const shell = startAtTerminal(connect, 100, environment());
    await seen(shell, "postgres=> ");
    shell.type("select 'once ' || 'more';\r");
    await seen(shell, "once more");
    shell.type("\\q\r");
    expect(await shell.end).toBe(0);
    const again = startAtTerminal(connect, 100, environment());
    await seen(again, "postgres=> ");
    again.type("\u001b[A\u001b[A\r"); // twice up: behind \q
    await seen(again, "once more");
    again.type("\\q\r");
    expect(await again.end).toBe(0);
  });

  test("a result that is longer than it goes through the pager, and a shorter one doesn't", async () => {
    const shell = startAtTerminal(connect, 100, { ...environment(), PAGER: "tr 0-9 x" });
    await seen(shell, "postgres=> ");
    shell.type("select n from generate_series(1, 500) n;\r");
    await seen(shell, "(xxx rows)");
    shell.type("select 'short ' || 1;\r");
    await seen(shell, "short 1");
    shell.type("\\q\r");
    expect(await shell.end).toBe(0);
  });

  test("a connection that was ended is opened again", async () => {
    const shell = startAtTerminal(connect, 100, environment());
    await seen(shell, "postgres=> ");
    shell.type("select pg_terminate_backend(pg_backend_pid());\r");
    await seen(shell, "Connected again");
    shell.type("select 'here ' || 'again';\r");
    await seen(shell, "here again");
    shell.type("\\q\r");
    expect(await shell.end).toBe(0);
  });
});

const environment = () => ({
  ...process.env,
  POSTERN_HOME: homeOf(local.dataDir),
  TERM: "xterm",
  NO_COLOR: "1",
});

const startAtPipe = (): Running => startPostern(connect, environment());

const seen = (running: Running, text: string) =>
  eventually(text, () => running.output().includes(text) || undefined);
