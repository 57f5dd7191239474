/** What clients do, in pieces that may be strung together in any order, all of them sent before anything is read. */
import { CString } from "@postern/wire/cstring";
import type { FrontendMessage } from "@postern/wire/messages/frontend";
import fc, { type Arbitrary } from "fast-check";
import { oidOf, type TypedValue, type TypeName, toBinary } from "./typed-value.ts";
import { say } from "./wire-client.ts";

/** Each piece is given a number of its own, which makes its texts its own. */
export type Scenario = (serial: number) => FrontendMessage[];

/** In the database before anybody comes. */
export const setup = [
  "create table mix(a int4, b text)",
  "create table deferred(i int unique deferrable initially deferred)",
  `create procedure in_parts(i int) language plpgsql as $$
     begin insert into mix values (i, 'kept'); commit; insert into mix values (i, 'undone'); rollback; end $$`,
  "grant all on mix, deferred to alice",
];

/** Statements with parameters of these types. */
const templates: readonly { readonly sql: string; readonly types: readonly TypeName[] }[] = [
  { sql: "select $1::int4, $2::text", types: ["int4", "text"] },
  { sql: "select 'ünïcödé 表 😀', $1::text, $2::text", types: ["text", "text"] },
  { sql: "select $2::bytea, $1::int8 -- $3", types: ["int8", "bytea"] },
  { sql: "insert into mix values ($1::int4, $2::text) returning *", types: ["int4", "text"] },
  { sql: "update mix set b = $2::text where a = $1::int4", types: ["int4", "text"] },
  { sql: "select 10 / $1::int4 from generate_series(1, 2)", types: ["int4"] },
  {
    sql: "with x as (select $1::float8 as f, $2::bool as b) select * from x where b",
    types: ["float8", "bool"],
  },
  { sql: "select $1::text || $2::uuid || $3::text || $4::text", types: ["text", "uuid", "text", "text"] },
  { sql: "delete from mix where b = any (array[$1::text, $2::text])", types: ["text", "text"] },
  { sql: "do $$ begin null; end $$", types: [] },
  { sql: "select 1 /* prepare, declare, copy: words that mean nothing here */", types: [] },
];

const texts = [
  "",
  "a",
  "it's",
  "$1",
  "back\\slash",
  "two\nlines\tand a tab",
  "größe €",
  "表😀",
  "NULL",
  "x".repeat(70_000),
];
const valueOf: Readonly<Record<TypeName, Arbitrary<string>>> = {
  int4: fc.constantFrom("0", "1", "-5", "2147483647", "-2147483648"),
  int8: fc.constantFrom("0", "-1", "9223372036854775807"),
  bool: fc.constantFrom("t", "f"),
  float8: fc.constantFrom("0.5", "-2", "1234.25"),
  text: fc.constantFrom(...texts),
  bytea: fc.constantFrom("\\x", "\\x00", "\\x00ff27", `\\x${"ab".repeat(20_000)}`),
  uuid: fc.uuid(),
};

interface Bound {
  readonly value: TypedValue | null;
  readonly isBinary: boolean;
}

interface Prepared {
  readonly sql: string;
  readonly types: readonly TypeName[];
  readonly isTyped: boolean;
  /** For executions one after the other. */
  readonly rows: readonly (readonly Bound[])[];
}

const boundOf = (type: TypeName): Arbitrary<Bound> =>
  fc.record({ value: fc.option(valueOf[type].map((text) => ({ type, text }))), isBinary: fc.boolean() });

const prepared: Arbitrary<Prepared> = fc.constantFrom(...templates).chain(({ sql, types }) =>
  fc.record({
    sql: fc.constant(sql),
    types: fc.constant(types),
    isTyped: fc.boolean(),
    rows: fc.array(fc.tuple(...types.map(boundOf)), { minLength: 3, maxLength: 3 }),
  }),
);

function parse(name: string, { sql, types, isTyped }: Prepared, serial: number): FrontendMessage {
  const parameterTypes = isTyped ? types.map((type) => oidOf[type]) : [];
  const query = CString.from(`${sql.replace(/--.*/, "")} /* ${serial} */`);
  return { type: "Parse", statement: CString.from(name), query, parameterTypes };
}

function bind(portal: string, statement: string, row: readonly Bound[] = []): FrontendMessage {
  const bytesOf = ({ value, isBinary }: Bound) =>
    value && (isBinary ? toBinary(value) : Buffer.from(value.text));
  return {
    type: "Bind",
    portal: CString.from(portal),
    statement: CString.from(statement),
    parameterFormats: row.map(({ isBinary }) => (isBinary ? 1 : 0)),
    parameters: row.map(bytesOf),
    resultFormats: [],
  };
}

const unnamed = (sql: string): FrontendMessage[] => [say.parse("", sql), say.bind("", ""), say.execute("")];
const sent = (sql: string): FrontendMessage[] => [...unnamed(sql), say.sync];

/** One text after the other, each in a protocol of its own. */
const inSql = (...sqls: readonly string[]): Arbitrary<Scenario> =>
  fc.array(fc.boolean(), { minLength: sqls.length, maxLength: sqls.length }).map(
    (simple) => (serial) =>
      sqls.flatMap((sql, index) => {
        const text = sql.replaceAll("#", String(serial));
        return simple[index] ? [say.query(text)] : sent(text);
      }),
  );

const withRows = (make: (it: Prepared, serial: number) => FrontendMessage[]): Arbitrary<Scenario> =>
  prepared.map((it) => (serial) => make(it, serial));

const pipelines: readonly Arbitrary<Scenario>[] = [
  // What psql's \bind and most drivers send.
  withRows((it, n) => [
    parse("", it, n),
    bind("", "", it.rows[0]),
    say.describe("portal", ""),
    say.execute(""),
    say.sync,
  ]),
  // \parse, \bind_named, \close_prepared
  withRows((it, n) => [
    parse(`s${n}`, it, n),
    say.sync,
    ...it.rows.flatMap((row) => [bind("", `s${n}`, row), say.execute(""), say.sync]),
    say.close("statement", `s${n}`),
    say.sync,
  ]),
  // \startpipeline … \endpipeline, with \flushrequest
  withRows((it, n) => [
    parse(`s${n}`, it, n),
    ...it.rows.flatMap((row) => [bind("", `s${n}`, row), say.execute(""), say.flush]),
    say.sync,
  ]),
  // Two portals of one statement, open at once, run in the other order.
  withRows((it, n) => [
    ...unnamed("begin"),
    parse(`s${n}`, it, n),
    bind(`p${n}`, `s${n}`, it.rows[0]),
    bind(`q${n}`, `s${n}`, it.rows[1]),
    say.execute(`q${n}`),
    say.execute(`p${n}`),
    say.close("portal", `p${n}`),
    bind(`p${n}`, `s${n}`, it.rows[2]),
    say.execute(`p${n}`),
    say.sync,
    say.query("rollback"),
  ]),
  // The unnamed statement and portal, made anew before the old portal is run, which is gone with it, or not.
  withRows((it, n) => [
    ...unnamed("begin"),
    parse("", it, n),
    bind(`p${n}`, "", it.rows[0]),
    say.parse("", `select 'decoy' /* ${n} */`),
    say.execute(`p${n}`),
    say.bind("", ""),
    say.execute(""),
    say.sync,
    say.query("rollback"),
  ]),
  // A name that is taken, across a Sync: it still means what it meant.
  withRows((it, n) => [
    parse(`s${n}`, it, n),
    say.sync,
    say.parse(`s${n}`, `select 'decoy' /* ${n} */`),
    bind("", `s${n}`, it.rows[0]),
    say.execute(""),
    say.sync,
    bind("", `s${n}`, it.rows[1]),
    say.execute(""),
    say.sync,
  ]),
  // Bound, and never run.
  withRows((it, n) => [
    parse("", it, n),
    bind("", "", it.rows[0]),
    bind("", "", it.rows[1]),
    say.execute(""),
    say.sync,
  ]),
  // What stands behind an error is skipped, up to the Sync.
  withRows((it, n) => [
    parse(`s${n}`, it, n),
    bind("", `s${n}`, it.rows[0]),
    say.execute(""),
    ...unnamed(`select 1 / (random() * 0)::int /* ${n} */`),
    bind("", `s${n}`, it.rows[1]),
    say.execute(""),
    say.query("select 'skipped'"),
    say.sync,
    ...sent("select 'goes on'"),
  ]),
];

const portalsInParts: readonly Arbitrary<Scenario>[] = [
  fc
    .integer({ min: 1, max: 3 })
    .map((size) => (n) => [
      ...unnamed("begin"),
      say.parse("", `select generate_series(1, 5) /* in parts ${n} */`),
      say.bind(`p${n}`, ""),
      ...Array.from({ length: Math.ceil(5 / size) }, () => [say.execute(`p${n}`, size), say.sync]).flat(),
      say.close("portal", `p${n}`),
      say.query("commit"),
    ]),
  fc.constant((n) => [
    ...unnamed("begin"),
    say.parse("", `select generate_series(1, 5) /* left ${n} */`),
    say.bind("", ""),
    say.execute("", 2),
    say.sync,
    say.query("commit"),
  ]),
];

const copyData = (text: string): FrontendMessage => ({ type: "CopyData", data: Buffer.from(text) });
const copies: readonly Arbitrary<Scenario>[] = [
  fc
    .constantFrom("1\tone\n2\ttwo\n", "no number\tx\n", "")
    .chain((data) =>
      fc
        .constantFrom("done", "fail")
        .map((end) => (n) => [
          say.query(`copy mix from stdin /* ${n} */`),
          copyData(data),
          end === "done" ? { type: "CopyDone" } : { type: "CopyFail", reason: CString.from("enough") },
          say.query(`select 'behind the copy' /* ${n} */`),
        ]),
    ),
  fc.constant((n) => [
    ...unnamed(`copy mix from stdin /* ${n} */`),
    copyData("3\tthree\n"),
    { type: "CopyDone" },
    say.sync,
    ...sent(`copy (select 1, 'two') to stdout /* ${n} */`),
  ]),
];

const sql: readonly Arbitrary<Scenario>[] = [
  inSql("select 1 /* # */; select 'a;b'; insert into mix values (#, 'many')"),
  inSql("select 1 /* # */; select 1/0; select 'never'"),
  inSql("selec /* # */", "select no_such_column /* # */", "select from no_such_table#"),
  inSql("begin", "insert into mix values (#, 'x')", "select 1/0", "select 'refused' /* # */", "rollback"),
  inSql(
    "begin",
    "savepoint a",
    "select 1/0 /* # */",
    "rollback to a",
    "select 'again' /* # */",
    "commit and chain",
    "rollback",
  ),
  inSql(
    "prepare in_sql(int) as select $1 /* # */",
    "execute in_sql(#)",
    "execute in_sql(1 + #)",
    "deallocate in_sql",
  ),
  inSql("prepare in_sql as select 1 /* # */", "deallocate all", "execute in_sql"),
  inSql("prepare in_sql as select 1 /* # */", "discard all", "execute in_sql"),
  inSql(
    "begin",
    "declare c# cursor for select generate_series(1, 9)",
    "fetch 2 from c#",
    "move 1 in c#",
    "fetch all from c#",
    "close c#",
    "commit",
  ),
  inSql(
    "do $$ begin insert into mix values (#, 'done'); raise notice 'x'; end $$",
    "do $$ begin perform 1 / 0; end $$ /* # */",
  ),
  inSql("call in_parts(#)", "call no_such_procedure(#)"),
  inSql("/* nothing but a comment # */", "-- another #", ";"),
  inSql("set statement_timeout = 10", "select pg_sleep(5) /* # */", "set statement_timeout = 0"),
  inSql(
    "create temp table t#(i int)",
    "truncate t#",
    "explain select * from t#",
    "drop table t#",
    "analyze mix",
  ),
  fc.constant(() => [say.query("")]),
  fc.constant(() => [...sent("insert into deferred values (1), (1)")]),
  fc.constant(() => [
    {
      type: "FunctionCall",
      functionOid: 957,
      argumentFormats: [],
      arguments: [Buffer.from("-1")],
      resultFormat: 0,
    } as const,
  ]),
];

/** As bytes of another encoding, among them some whose second half is an ASCII backslash. */
const inOtherEncodings: Arbitrary<Scenario> = fc
  .constantFrom(
    { encoding: "LATIN1", bytes: Buffer.from("größe", "latin1") },
    { encoding: "SJIS", bytes: Buffer.from([0x95, 0x5c, 0x83, 0x5c]) },
  )
  .map(({ encoding, bytes }) => (n) => {
    const query = new CString(
      Buffer.concat([Buffer.from("select '"), bytes, Buffer.from(`', $1::text /* ${n} */`)]),
    );
    return [
      say.query(`set client_encoding to '${encoding}'`),
      { type: "Parse", statement: CString.from(""), query, parameterTypes: [] },
      {
        type: "Bind",
        portal: CString.from(""),
        statement: CString.from(""),
        parameterFormats: [],
        parameters: [bytes],
        resultFormats: [],
      },
      say.execute(""),
      say.sync,
      say.query("set client_encoding to 'UTF8'"),
    ];
  });

export const scenario: Arbitrary<Scenario> = fc.oneof(
  { weight: 10, arbitrary: fc.oneof(...pipelines) },
  { weight: 3, arbitrary: fc.oneof(...portalsInParts) },
  { weight: 3, arbitrary: fc.oneof(...copies) },
  { weight: 10, arbitrary: fc.oneof(...sql) },
  { weight: 2, arbitrary: inOtherEncodings },
);

/** The types of a text's parameters, where one of these scenarios has made it. */
export function typesOf(text: string): readonly TypeName[] {
  return templates.find(({ sql: template }) => text.startsWith(template.replace(/--.*/, "")))?.types ?? [];
}
