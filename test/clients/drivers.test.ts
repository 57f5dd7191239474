/** Drivers, unmodified, each in a program of its own that does what every client does. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root, runCommand } from "../support/local.ts";
import { throughPort } from "./support/credentials.ts";
import {
  clients,
  goPath,
  type Installed,
  isInstalled,
  javaClassPath,
  libpq18,
  python,
} from "./support/installed.ts";
import { runProgram } from "./support/program.ts";
import { type Executed, recorded, type Stage, startStage } from "./support/stage.ts";
import { type Beginning, startTap } from "./support/tap.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage?.stop());

const program = (name: string): string => `${root}test/clients/programs/${name}`;
/** Where compiled programs are kept from one run to the next. */
const compiled = (name: string): string => `${root}node_modules/.cache/${name}`;
const ofThisRepository = (name: string): Installed => ({ name, isThere: true, install: "npm install" });

interface Driver {
  readonly client: Installed;
  readonly table: string;
  readonly command: readonly string[];
  /** What makes the command, where it isn't there as it is. */
  readonly build?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What can be seen from outside of its three connections: the first session, its cancel, the second session. */
  readonly beginnings: readonly Beginning[];
  readonly speech: Speech;
  /** Of the second session, behind what the driver says first. */
  readonly again: readonly Executed[];
}

/** What differs in what reaches the database. */
interface Speech {
  /** What the driver says before anything else, in every session. */
  readonly first: readonly Executed[];
  /** The table's name as it stands in statements. */
  readonly name: string;
  readonly begin: string;
  readonly commit: string;
  /** As they stand in the text; the parameters beside it are empty where the driver writes values there. */
  readonly values: readonly [string, string];
  readonly parameters: readonly [readonly string[], readonly string[], readonly string[]];
  /** COPY and the large result need a transaction of their own. */
  readonly readsInTransaction?: boolean;
  readonly canCopy: boolean;
}

const placeholders = ["($1, $2)", "($1, $2)"] as const;
const asText = [["1", "one"], ["2", "zwölf's"], ["1"]] as const;
/** Binary values are base64 in the log: here an int2 and an int4. */
const asInt2 = [["AAE=", "one"], ["AAI=", "zwölf's"], ["AAE="]] as const;
const asInt4 = [["AAAAAQ==", "one"], ["AAAAAg==", "zwölf's"], ["AAAAAQ=="]] as const;

const drivers: readonly Driver[] = [
  {
    client: clients.psycopg,
    table: "psycopg_3",
    command: [python, program("psycopg_3.py")],
    beginnings: ["SSLRequest", "CancelRequest", "SSLRequest"],
    speech: {
      first: [],
      name: "psycopg_3",
      begin: "BEGIN",
      commit: "COMMIT",
      values: placeholders,
      parameters: asInt2,
      canCopy: true,
    },
    again: [
      ["BEGIN", [], undefined],
      ["select 'again'", [], 1],
      ["COMMIT", [], undefined],
    ],
  },
  {
    client: clients.psycopg18,
    table: "psycopg_18",
    command: [libpq18.python, program("psycopg_3.py")],
    env: { PGSSLNEGOTIATION: "direct", PGMINPROTOCOLVERSION: "3.2", PGMAXPROTOCOLVERSION: "3.2" },
    beginnings: ["TLS", "TLS", "TLS"],
    speech: {
      first: [],
      name: "psycopg_18",
      begin: "BEGIN",
      commit: "COMMIT",
      values: placeholders,
      parameters: asInt2,
      canCopy: true,
    },
    again: [
      ["BEGIN", [], undefined],
      ["select 'again'", [], 1],
      ["COMMIT", [], undefined],
    ],
  },
  {
    client: clients.psycopg2,
    table: "psycopg_2",
    command: [python, program("psycopg_2.py")],
    beginnings: ["SSLRequest", "CancelRequest", "SSLRequest"],
    speech: {
      first: [],
      name: "psycopg_2",
      begin: "BEGIN",
      commit: "COMMIT",
      values: ["(1, 'one')", "(2, 'zwölf''s')"],
      parameters: [[], [], []],
      canCopy: true,
    },
    again: [
      ["BEGIN", [], undefined],
      ["select 'again'", [], 1],
    ],
  },
  {
    client: clients.pgjdbc,
    table: "pgjdbc",
    command: ["java", "-cp", javaClassPath, program("Pgjdbc.java")],
    beginnings: ["SSLRequest", "CancelRequest", "SSLRequest"],
    speech: {
      first: [
        ["SET extra_float_digits = 3", [], undefined],
        ["SET application_name = 'PostgreSQL JDBC Driver'", [], undefined],
      ],
      name: "pgjdbc",
      begin: "BEGIN",
      commit: "COMMIT",
      values: placeholders,
      parameters: asInt4,
      readsInTransaction: true,
      canCopy: true,
    },
    again: [["select 'again'", [], 1]],
  },
  {
    client: clients.pgx,
    table: "pgx",
    command: [compiled("pgx")],
    build: ["go", "build", "-o", compiled("pgx"), program("pgx.go")],
    beginnings: ["SSLRequest", "CancelRequest", "SSLRequest"],
    speech: {
      first: [],
      name: "pgx",
      begin: "begin",
      commit: "commit",
      values: placeholders,
      parameters: asInt4,
      canCopy: true,
    },
    again: [["select 'again'", [], 1]],
  },
  {
    client: ofThisRepository("node-postgres"),
    table: "node_postgres",
    command: [process.execPath, program("node-postgres.ts")],
    beginnings: ["SSLRequest", "CancelRequest", "SSLRequest"],
    speech: {
      first: [],
      name: "node_postgres",
      begin: "begin",
      commit: "commit",
      values: placeholders,
      parameters: asText,
      canCopy: false,
    },
    again: [["select 'again' as again", [], 1]],
  },
  {
    client: ofThisRepository("postgres.js"),
    table: "postgres_js",
    command: [process.execPath, program("postgres-js.ts")],
    beginnings: ["SSLRequest", "SSLRequest", "SSLRequest"],
    speech: {
      first: [[expect.stringContaining("pg_catalog.pg_type"), [], expect.any(Number)]],
      name: '"postgres_js"',
      begin: "begin ",
      commit: "commit",
      values: placeholders,
      parameters: asText,
      canCopy: true,
    },
    again: [["select 'again' as again", [], 1]],
  },
];

function mix(table: string, { name, values, parameters, ...speech }: Speech): Executed[] {
  const begin: Executed = [speech.begin, [], undefined];
  const commit: Executed = [speech.commit, [], undefined];
  const copies: readonly Executed[] = [
    [`copy ${name} from stdin`, [], 2],
    [`copy ${name} to stdout`, [], 4],
  ];
  const reads: readonly Executed[] = [
    ...(speech.canCopy ? copies : []),
    ["select i, repeat('x', 100) from generate_series(1, 100000) i", [], 100_000],
  ];
  const id = parameters[2].length > 0 ? "$1" : "1";
  return [
    ...speech.first,
    [`create table ${name} (id int primary key, word text)`, [], undefined],
    [`insert into ${name} values ${values[0]}`, parameters[0], 1],
    [`insert into ${name} values ${values[1]}`, parameters[1], 1],
    begin,
    [`update ${name} set word = upper(word) where id = ${id}`, parameters[2], 1],
    commit,
    ...(speech.readsInTransaction ? [begin, ...reads, commit] : reads),
    ["selec 1", [], undefined, "42601"],
    [`select pg_sleep(60), '${table}'`, [], undefined, "57014"],
    [`select word from ${name} order by id`, [], speech.canCopy ? 4 : 2],
  ];
}

for (const { client, table, command, build, env, beginnings, speech, again } of drivers) {
  describe.runIf(isInstalled(client))(`by ${client.name}`, () => {
    beforeAll(async () => {
      const [builder, ...args] = build ?? [];
      if (builder === undefined) return;
      const go = { GO111MODULE: "off", GOPATH: goPath, GOCACHE: compiled("go") };
      const built = await runCommand(builder, args, { env: { ...process.env, ...go } });
      if (built.code !== 0) throw new Error(built.stderr);
    });

    test("connects, runs a mix, fails, cancels and reconnects, and the audit log holds it all", async () => {
      const since = new Date();
      const tap = await startTap(stage.postern.proxy.port);
      const way = throughPort(tap.port, { ...stage.way, env: { ...stage.way.env, ...env } });
      const report = await runProgram([...command, table], way, () =>
        stage.untilItRuns(`pg_sleep(60), '${table}'`),
      );
      tap.stop();
      expect(report).toEqual({
        ...(speech.canCopy && { copied: "2\tzwölf's\n1\tONE\n3\tthree\n4\t\\N\n" }),
        rows: 100_000,
        failed: "42601",
        cancelled: "57014",
        words: ["ONE", "zwölf's", ...(speech.canCopy ? ["three", null] : [])],
        again: "again",
      });
      const [first, second] = await recorded(stage, since);
      const statements = mix(table, speech);
      expect(first?.statements).toEqual(statements);
      expect(first).toMatchObject({
        cancels: 1,
        end: { code: "TDB01I", reason: "client_closed", statements: statements.length, errors: 2 },
      });
      expect(tap.beginnings).toEqual(beginnings);
      expect(second?.statements).toEqual([...speech.first, ...again]);
    });

    test("doesn't talk to a server that another authority vouches for", async () => {
      const since = new Date();
      await expect(runProgram([...command, table], stage.wrongWay, async () => undefined)).rejects.toThrow(
        /certificate|certification path|self.signed/i,
      );
      expect(await stage.postern.events({ since: since.toISOString(), event: "db.session.start" })).toEqual(
        [],
      );
    });
  });
}
