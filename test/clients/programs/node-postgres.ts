/** What every client does, by node-postgres. The way there is in DATABASE_URL. */
import pg from "pg";

const table = process.argv[2] ?? "";
const url = process.env["DATABASE_URL"];

const sqlstate = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : error;

const client = new pg.Client(url);
await client.connect();
await client.query(`create table ${table} (id int primary key, word text)`);
const insert = { name: "insert", text: `insert into ${table} values ($1, $2)` };
await client.query({ ...insert, values: [1, "one"] });
await client.query({ ...insert, values: [2, "zwölf's"] });
await client.query("begin");
await client.query(`update ${table} set word = upper(word) where id = $1`, [1]);
await client.query("commit");
const large = await client.query("select i, repeat('x', 100) from generate_series(1, 100000) i");
const failed = await client.query("selec 1").catch(sqlstate);

const sleep = new pg.Query(`select pg_sleep(60), '${table}'`);
const slept = new Promise((resolve) => sleep.once("error", (error) => resolve(sqlstate(error))));
client.query(sleep);
process.stdin.once("data", () => {
  // The way that node-postgres has for it: a second client, which is told of the first and its query.
  (new pg.Client(url) as unknown as { cancel(client: pg.Client, query: pg.Query): void }).cancel(
    client,
    sleep,
  );
});
console.log("running");
const cancelled = await slept;

const { rows } = await client.query<{ word: string | null }>(`select word from ${table} order by id`);
await client.end();

const second = new pg.Client(url);
await second.connect();
const { rows: again } = await second.query<{ again: string }>("select 'again' as again");
await second.end();
process.stdin.destroy();

const words = rows.map(({ word }) => word);
console.log(JSON.stringify({ rows: large.rowCount, failed, cancelled, words, again: again[0]?.again }));
