/** A Postern, alice's files, and an eye on what runs in the database. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AuditEvent, SessionEndEvent, SessionQueryEvent } from "@postern/core/audit/event";
import { connectAdmin } from "../../proxy/support/admin.ts";
import { makeAuthority } from "../../proxy/support/certificates.ts";
import { eventually } from "../../support/local.ts";
import { type Postern, startPostern } from "../../support/postern.ts";
import { logInToDatabase, type Way } from "./credentials.ts";

export interface Stage {
  readonly postern: Postern;
  readonly way: Way;
  /** As `way`, but it trusts an authority that has nothing to do with it. */
  readonly wrongWay: Way;
  /** Settles when the database executes a statement that holds `text`. */
  untilItRuns(text: string): Promise<unknown>;
  /** Settles when it executes nothing of alice's. */
  untilItRests(): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startStage(): Promise<Stage> {
  const postern = await startPostern();
  await postern.login();
  const way = await logInToDatabase(postern);
  const observer = await connectAdmin(postern);
  const runs = async (text: string): Promise<boolean> => {
    const sql =
      "select 1 from pg_stat_activity where state = 'active' and usename = 'alice' and strpos(query, $1) > 0";
    return (await observer.query(sql, [text])).rows.length > 0;
  };
  return {
    postern,
    way,
    wrongWay: await misled(way, postern.dataDir),
    untilItRuns: (text) => eventually(`${text} runs`, async () => (await runs(text)) || undefined),
    untilItRests: () => eventually("nothing runs", async () => !(await runs("")) || undefined),
    async stop() {
      await observer.end();
      await postern.remove();
    },
  };
}

async function misled({ env, url, jdbcUrl }: Way, folder: string): Promise<Way> {
  const { certificate } = await makeAuthority("Postern host CA");
  const root = env["PGSSLROOTCERT"] ?? "";
  const wrong = join(folder, "wrong-ca.pem");
  writeFileSync(wrong, certificate);
  const mislead = (each: string) => each.replace(encodeURIComponent(root), encodeURIComponent(wrong));
  return { env: { ...env, PGSSLROOTCERT: wrong }, url: mislead(url), jdbcUrl: mislead(jdbcUrl) };
}

/** A statement's event, as short as a table of them should be. */
export type Executed = readonly [
  text: string,
  parameters: readonly (string | null)[],
  rows: number | undefined,
  sqlstate?: string,
];

export interface Recorded {
  readonly statements: readonly Executed[];
  readonly cancels: number;
  /** Calls by the fast-path interface, as large objects are read and written by. */
  readonly calls: number;
  readonly end: SessionEndEvent;
}

/** What the audit log holds of the sessions that a test had, oldest first, when all of them have ended. */
export async function recorded({ postern }: Stage, since: Date): Promise<Recorded[]> {
  const filter = { since: since.toISOString(), limit: 1000 };
  const events = await eventually("the end of all sessions", async () => {
    const found = await postern.events(filter);
    const started = sidsOf(found, "db.session.start");
    const ended = new Set(sidsOf(found, "db.session.end"));
    return started.length > 0 && started.every((sid) => ended.has(sid)) ? found : undefined;
  });
  return sidsOf(events, "db.session.start").map((sid) => sessionOf(events, sid));
}

function sidsOf(events: readonly AuditEvent[], name: "db.session.start" | "db.session.end"): string[] {
  return events.flatMap((event) => (event.event === name ? [event.sid] : []));
}

function sessionOf(events: readonly AuditEvent[], sid: string): Recorded {
  const own = events.filter((event) => "sid" in event && event.sid === sid).sort((a, b) => a.ei - b.ei);
  const end = own.find((event) => event.event === "db.session.end");
  if (end === undefined) throw new Error(`${sid} has no end`);
  const count = (name: AuditEvent["event"]) => own.filter(({ event }) => event === name).length;
  return {
    statements: own.filter((event) => event.event === "db.session.query").map(shorten),
    cancels: count("db.session.cancel"),
    calls: count("db.session.postgres.function"),
    end,
  };
}

function shorten(event: SessionQueryEvent): Executed {
  const { db_query, db_query_parameters, affected_records, sqlstate } = event;
  const facts = [db_query, db_query_parameters, affected_records] as const;
  return sqlstate === undefined ? facts : [...facts, sqlstate];
}
