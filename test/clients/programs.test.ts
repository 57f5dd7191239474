/** PostgreSQL's own programs: pg_dump and pg_restore, with large objects and several at once, and pgbench. */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectAdmin } from "../proxy/support/admin.ts";
import { type Finished, follow } from "../support/local.ts";
import { clients, isInstalled, libpq18 } from "./support/installed.ts";
import { type Executed, recorded, type Stage, startStage } from "./support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage?.stop());

const at = (name: string): string => join(stage.postern.dataDir, name);

/** Runs a program as alice; `onStart` may send it a signal. */
function run(
  program: string,
  args: readonly string[],
  onStart?: (kill: (signal: NodeJS.Signals) => void) => void,
): Promise<Finished> {
  const child = spawn(program, args, { env: { PATH: process.env["PATH"], ...stage.way.env } });
  onStart?.((signal) => child.kill(signal));
  return follow(child).finished;
}

async function succeed(program: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(program, args);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return stdout;
}

const sql = (text: string): Promise<string> => succeed(libpq18.psql, "-XAtqc", text);

/** Ctrl-C, while the program waits for a table that somebody else has locked. */
async function interruptAtLock(table: string, waitsAt: string, program: string, args: readonly string[]) {
  const other = await connectAdmin(stage.postern);
  await other.query(`begin; lock table alice.${table}`);
  try {
    return await run(program, args, (kill) => void stage.untilItRuns(waitsAt).then(() => kill("SIGINT")));
  } finally {
    await other.end();
  }
}

describe.runIf(isInstalled(clients.pgDump))("by pg_dump and pg_restore", () => {
  /** Large enough to come in several messages, and with every byte. */
  const content = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7) % 256));
  let oid: string;

  beforeAll(async () => {
    writeFileSync(at("object"), content);
    await sql("create table shelf (id int primary key, word text, object oid)");
    const imported = await succeed(
      libpq18.psql,
      "-XAtqc",
      `\\lo_import '${at("object")}'`,
      "-c",
      "\\echo :LASTOID",
    );
    oid = imported.trim().split("\n").at(-1) ?? "";
    await sql(`insert into shelf select i, 'word ' || i, ${oid} from generate_series(1, 5000) i`);
  });

  async function forget(): Promise<void> {
    await sql(`drop table if exists shelf; select lo_unlink(oid) from pg_largeobject_metadata`);
  }

  async function assertWhole(): Promise<void> {
    expect(await sql("select count(*), max(word), min(object) from shelf")).toBe(`5000|word 999|${oid}\n`);
    await succeed(libpq18.psql, "-Xqc", `\\lo_export ${oid} '${at("exported")}'`);
    expect(readFileSync(at("exported")).equals(content)).toBe(true);
  }

  test.each([
    ["in one piece", ["--format=custom"], []],
    ["by two at once", ["--format=directory", "--jobs=2"], ["--jobs=2"]],
  ])("a table and a large object come back %s", async (name, dumpFlags, restoreFlags) => {
    const file = at(`dump ${name}`);
    const since = new Date();
    await succeed(libpq18.pgDump, ...dumpFlags, "--large-objects", "--table=shelf", `--file=${file}`);
    const sessions = await recorded(stage, since);
    const dumped = sessions.flatMap(({ statements }) => statements);
    // Large objects are read by calls of functions that are no statements.
    expect(sessions.map(({ calls }) => calls).sort((a, b) => b - a)[0]).toBeGreaterThan(10);
    expect(dumped).toContainEqual(["COPY alice.shelf (id, word, object) TO stdout;", [], 5000]);
    await forget();
    const between = new Date();
    await succeed(libpq18.pgRestore, ...restoreFlags, "--exit-on-error", "--dbname=postgres", file);
    const restored = (await recorded(stage, between)).flatMap(({ statements }) => statements);
    expect(restored).toContainEqual([expect.stringMatching(/^COPY alice.shelf .* FROM stdin;/), [], 5000]);
    await assertWhole();
  });

  test("what can't be restored is told, and is in the log with its SQLSTATE", async () => {
    await succeed(libpq18.pgDump, "--format=custom", "--table=shelf", `--file=${at("twice")}`);
    const since = new Date();
    const { code, stderr } = await run(libpq18.pgRestore, [
      "--exit-on-error",
      "--dbname=postgres",
      at("twice"),
    ]);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("already exists") });
    const [session] = await recorded(stage, since);
    expect(session?.statements.at(-1)).toEqual([
      expect.stringContaining("CREATE TABLE"),
      [],
      undefined,
      "42P07",
    ]);
  });

  test("Ctrl-C cancels what they wait for, and they connect again", async () => {
    const archive = at("again");
    await succeed(libpq18.pgDump, "--format=custom", "--table=shelf", `--file=${archive}`);
    const dump = ["--table=shelf"];
    const restore = ["--data-only", "--dbname=postgres", archive];
    for (const [program, args, waitsAt] of [
      [libpq18.pgDump, dump, "LOCK TABLE"],
      [libpq18.pgRestore, restore, "COPY alice.shelf"],
    ] as const) {
      const since = new Date();
      expect(await interruptAtLock("shelf", waitsAt, program, args)).toMatchObject({ code: 1 });
      const [session] = await recorded(stage, since);
      expect(session?.cancels).toBe(1);
      expect(session?.statements.at(-1)?.[0]).toContain(waitsAt);
    }
    expect(await succeed(libpq18.pgDump, "--table=shelf", "--schema-only")).toContain(
      "CREATE TABLE alice.shelf",
    );
  });
});

describe.runIf(isInstalled(clients.pgbench))("by pgbench", () => {
  beforeAll(() => succeed(libpq18.pgbench, "--initialize", "--init-steps=dtGvp", "--quiet"));

  const script = `\\set aid random(1, 100)
begin;
update pgbench_accounts set abalance = abalance + 1 where aid = :aid;
select abalance from pgbench_accounts where aid = :aid;
end;
`;

  test.each(["simple", "extended", "prepared"])(
    "by the %s protocol, every statement is in the log",
    async (protocol) => {
      writeFileSync(at("script"), script);
      const since = new Date();
      const flags = [`--protocol=${protocol}`, "--client=2", "--jobs=2", "--transactions=5", "--no-vacuum"];
      const stdout = await succeed(libpq18.pgbench, ...flags, `--file=${at("script")}`);
      expect(stdout).toContain("number of transactions actually processed: 10/10");
      const [, first, second] = (await recorded(stage, since)).map(({ statements }) => statements);
      for (const statements of [first, second]) {
        expect(statements).toHaveLength(20);
        expect(statements?.slice(0, 4)).toEqual(transaction(protocol));
      }
    },
  );

  function transaction(protocol: string): Executed[] {
    const aNumber: string = expect.stringMatching(/^\d+$/);
    const [id, parameters] = protocol === "simple" ? ["\\d+", []] : ["\\$1", [aNumber]];
    const update = `^update pgbench_accounts set abalance = abalance \\+ 1 where aid = ${id};$`;
    const select = `^select abalance from pgbench_accounts where aid = ${id};$`;
    return [
      ["begin;", [], undefined],
      [expect.stringMatching(update), parameters, 1],
      [expect.stringMatching(select), parameters, 1],
      ["end;", [], undefined],
    ];
  }

  test("a script that fails is told, and is in the log with its SQLSTATE", async () => {
    writeFileSync(at("wrong"), "selec 1;\n");
    const since = new Date();
    const { code, stderr } = await run(libpq18.pgbench, [
      "--no-vacuum",
      "--transactions=1",
      `--file=${at("wrong")}`,
    ]);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("syntax error") });
    const [, session] = await recorded(stage, since);
    expect(session?.statements).toEqual([["selec 1;", [], undefined, "42601"]]);
  });

  test("Ctrl-C cancels what it waits for, and it connects again, for each transaction anew", async () => {
    const since = new Date();
    const drop = ["--initialize", "--init-steps=d"];
    const { code } = await interruptAtLock("pgbench_accounts", "drop table", libpq18.pgbench, drop);
    expect(code).toBe(1);
    const [session] = await recorded(stage, since);
    expect(session?.cancels).toBe(1);
    expect(session?.statements.at(-1)?.[3]).toBe("57014");
    const again = new Date();
    await succeed(libpq18.pgbench, "--select-only", "--no-vacuum", "--connect", "--transactions=3");
    expect(await recorded(stage, again)).toHaveLength(4);
  });
});
