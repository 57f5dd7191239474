/** psql at a terminal: that of Debian, and that of PostgreSQL 18 with all that is new in it. */
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { runCommand } from "../support/local.ts";
import { clients, isInstalled, libpq18 } from "./support/installed.ts";
import { startPsql } from "./support/psql.ts";
import { type Executed, type Recorded, recorded, type Stage, startStage } from "./support/stage.ts";
import { startTap, type Tap } from "./support/tap.ts";

let stage: Stage;
let tap: Tap;
beforeAll(async () => {
  stage = await startStage();
});
beforeEach(async () => {
  tap = await startTap(stage.postern.proxy.port);
});
afterEach(() => tap.stop());
afterAll(() => stage?.stop());

interface Typed {
  readonly path: string;
  readonly table: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Two inserts and an update. */
  readonly writes: string;
}

/** What a person types, up to a statement that lasts, then Ctrl-C, and on; `\c` opens a second session. */
async function runMix({
  path,
  table,
  env,
  writes,
}: Typed): Promise<{ results: string; sessions: Recorded[] }> {
  const since = new Date();
  const port = { PGPORT: String(tap.port) };
  const psql = startPsql(path, { ...stage.way.env, ...port, ...env }, join(stage.postern.dataDir, table));
  psql.type(`create table ${table} (id int primary key, word text);
${writes}copy ${table} from stdin;
3\tthree
4\t\\N
\\.
copy ${table} to stdout;
select i, repeat('x', 100) from generate_series(1, 100000) i \\g /dev/null
selec 1;
\\qecho :LAST_ERROR_SQLSTATE
select pg_sleep(60), '${table}';
`);
  await stage.untilItRuns(`pg_sleep(60), '${table}'`);
  psql.pressCtrlC();
  await stage.untilItRests();
  psql.type(`\\qecho :LAST_ERROR_SQLSTATE
select word from ${table} order by id;
\\c
select 'again';
\\q
`);
  return { results: await psql.results, sessions: await recorded(stage, since) };
}

/** Behind the writes. */
function rest(table: string): Executed[] {
  return [
    [`copy ${table} from stdin;`, [], 2],
    [`copy ${table} to stdout;`, [], 4],
    ["select i, repeat('x', 100) from generate_series(1, 100000) i ", [], 100_000],
    ["selec 1;", [], undefined, "42601"],
    [`select pg_sleep(60), '${table}';`, [], undefined, "57014"],
    [`select word from ${table} order by id;`, [], 4],
  ];
}

const results = "2\tzwölf's\n1\tONE\n3\tthree\n4\t\\N\n42601\n57014\nONE\nzwölf's\nthree\n\nagain\n";

describe.runIf(isInstalled(clients.psql))("by psql of this machine", () => {
  test("connects, runs a mix, fails, cancels and reconnects, and the audit log holds it all", async () => {
    const mix = await runMix({
      path: "psql",
      table: "psql",
      writes: `prepare put (int, text) as insert into psql values ($1, $2);
execute put (1, 'one');
execute put (2, 'zwölf''s');
begin;
update psql set word = upper(word) where id = 1;
commit;
`,
    });
    expect(mix.results).toBe(results);
    const [first, second] = mix.sessions;
    expect(first?.statements).toEqual([
      ["create table psql (id int primary key, word text);", [], undefined],
      ["prepare put (int, text) as insert into psql values ($1, $2);", [], undefined],
      ["execute put (1, 'one');", [], 1],
      ["execute put (2, 'zwölf''s');", [], 1],
      ["begin;", [], undefined],
      ["update psql set word = upper(word) where id = 1;", [], 1],
      ["commit;", [], undefined],
      ...rest("psql"),
    ]);
    expect(first).toMatchObject({ cancels: 1, end: { reason: "client_closed", errors: 2 } });
    expect(second?.statements).toEqual([["select 'again';", [], 1]]);
  });

  test("doesn't talk to a server that another authority vouches for", async () => {
    const env = { ...process.env, ...stage.wrongWay.env };
    const { code, stderr } = await runCommand("psql", ["-X", "-c", "select 1"], { env });
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("certificate verify failed"),
    });
  });
});

describe.runIf(isInstalled(clients.psql18))("by psql 18", () => {
  const direct = { PGSSLNEGOTIATION: "direct", PGMINPROTOCOLVERSION: "3.2", PGMAXPROTOCOLVERSION: "3.2" };

  test("over direct TLS and protocol 3.2: the mix, with parameters and a pipeline", async () => {
    const mix = await runMix({
      path: libpq18.psql,
      table: "psql_18",
      env: direct,
      writes: `insert into psql_18 values ($1, $2) \\bind 1 one \\g
insert into psql_18 values ($1, $2) \\parse put
\\bind_named put 2 'zwölf''s' \\g
\\startpipeline
begin \\bind \\sendpipeline
update psql_18 set word = upper(word) where id = $1 \\bind 1 \\sendpipeline
commit \\bind \\sendpipeline
\\endpipeline
`,
    });
    expect(mix.results).toBe(results);
    const [first, second] = mix.sessions;
    expect(first?.statements).toEqual([
      ["create table psql_18 (id int primary key, word text);", [], undefined],
      ["insert into psql_18 values ($1, $2) ", ["1", "one"], 1],
      ["insert into psql_18 values ($1, $2) ", ["2", "zwölf's"], 1],
      ["begin ", [], undefined],
      ["update psql_18 set word = upper(word) where id = $1 ", ["1"], 1],
      ["commit ", [], undefined],
      ...rest("psql_18"),
    ]);
    expect(first).toMatchObject({ cancels: 1, end: { reason: "client_closed", errors: 2 } });
    expect(second?.statements).toEqual([["select 'again';", [], 1]]);
    // Its Ctrl-C is still libpq's older function, whose request is in clear: nothing secret but for its own key is in it.
    expect(tap.beginnings).toEqual(["TLS", "CancelRequest", "TLS"]);
  });

  test("says itself that it speaks protocol 3.2 inside TLS", async () => {
    const env = { ...process.env, ...stage.way.env, ...direct };
    const { stdout } = await runCommand(libpq18.psql, ["-XAt", "-c", "\\conninfo"], { env });
    expect(stdout).toMatch(/^Protocol Version\|3\.2$/m);
    expect(stdout).toMatch(/^SSL Connection\|true$/m);
    expect(stdout).toMatch(/^ALPN\|postgresql$/m);
  });

  test("a pipeline that fails in the middle is in the log up to where it failed", async () => {
    const since = new Date();
    const env = { ...process.env, ...stage.way.env };
    const input = `\\startpipeline
select 1 \\bind \\sendpipeline
select 1 / $1 \\bind 0 \\sendpipeline
select 3 \\bind \\sendpipeline
\\syncpipeline
select $1 \\bind four \\sendpipeline
\\endpipeline
`;
    const { stdout, stderr } = await runCommand(libpq18.psql, ["-XAtq"], { env, input });
    expect({ stdout, stderr }).toMatchObject({
      stdout: "1\nfour\n",
      stderr: expect.stringContaining("division by zero"),
    });
    expect((await recorded(stage, since))[0]?.statements).toEqual([
      ["select 1 ", [], 1],
      ["select 1 / $1 ", ["0"], undefined, "22012"],
      ["select $1 ", ["four"], 1],
    ]);
  });

  test("doesn't talk to a server that another authority vouches for", async () => {
    const env = { ...process.env, ...stage.wrongWay.env, ...direct };
    const { code, stderr } = await runCommand(libpq18.psql, ["-X", "-c", "select 1"], { env });
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("certificate verify failed"),
    });
  });
});
