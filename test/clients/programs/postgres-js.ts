/** What every client does, by postgres.js. It takes libpq's variables, but for TLS, which it wants as an object. */
import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import postgres from "postgres";

const table = process.argv[2] ?? "";
const file = (name: string): string => readFileSync(process.env[name] ?? "", "utf8");
const ssl = { ca: file("PGSSLROOTCERT"), cert: file("PGSSLCERT"), key: file("PGSSLKEY") };

const sqlstate = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : error;

const sql = postgres({ ssl, max: 1 });
const name = sql(table);
await sql`create table ${name} (id int primary key, word text)`;
await sql`insert into ${name} values (${1}, ${"one"})`;
await sql`insert into ${name} values (${2}, ${"zwölf's"})`;
await sql.begin((sql) => sql`update ${name} set word = upper(word) where id = ${1}`);
await pipeline(Readable.from(["3\tthree\n", "4\t\\N\n"]), await sql`copy ${name} from stdin`.writable());
let copied = "";
for await (const chunk of await sql`copy ${name} to stdout`.readable()) copied += String(chunk);
const large = await sql`select i, repeat('x', 100) from generate_series(1, 100000) i`;
const failed = await sql`selec 1`.catch(sqlstate);

const sleep = sql`select pg_sleep(60), ${sql.unsafe(`'${table}'`)}`.execute();
process.stdin.once("data", () => sleep.cancel());
console.log("running");
const cancelled = await sleep.catch(sqlstate);

const rows = await sql<{ word: string | null }[]>`select word from ${name} order by id`;
await sql.end();

const second = postgres({ ssl, max: 1 });
const again = await second<{ again: string }[]>`select 'again' as again`;
await second.end();
process.stdin.destroy();

const words = rows.map(({ word }) => word);
console.log(JSON.stringify({ copied, rows: large.length, failed, cancelled, words, again: again[0]?.again }));
