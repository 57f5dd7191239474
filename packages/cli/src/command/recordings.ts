import type { Client } from "@postern/client/client";
import type { RecordingList } from "@postern/core/api/read";
import { Fault } from "@postern/core/fault";
import type { Command } from "commander";
import type { z } from "zod";
import { UsageError } from "../failure.ts";
import { example, group, parseCount, parseTime, withAdmin, withFormat, withIdentity } from "../options.ts";
import { formatReplay } from "../output/replay.ts";
import { note, writeJson, writeLine, writeTable } from "../output/write.ts";
import { type AdminOptions, adminSession, type ServerOptions } from "../session.ts";

/** What one answer holds at most. */
const pageSize = 1000;

export function addRecordingCommands(program: Command): void {
  const recordings = group(program, "recordings", "recorded database sessions");
  example(recordings, "postern recordings ls");
  const list = recordings
    .command("ls")
    .option(
      "--since <time>",
      "begun since then: a duration back from now, or a time; 30 days by default",
      parseTime,
    )
    .option("--user <name>", "sessions of this user")
    .option("--limit <count>", "the newest so many", parseCount, 1000)
    .description("list recorded sessions, newest last")
    .action(listRecordings);
  example(
    withFormat(withAdmin(list)),
    "postern recordings ls",
    "postern recordings ls --since 2h --user alice",
  );

  const play = program
    .command("play")
    .argument("<sid>", "the session, as `postern recordings ls` shows it, or how its id begins")
    .description("replay a session: its statements, row counts, errors and timing; as JSON, its events")
    .action(playRecording);
  example(withFormat(withIdentity(play)), "postern play 0196f2aa", "postern play --format json 0196f2aa");
}

/** Here `--user` filters; it doesn't say who asks. */
interface ListOptions extends ServerOptions {
  readonly dataDir?: string;
  readonly since?: string;
  readonly user?: string;
  readonly limit: number;
  readonly format: string;
}

type Recording = z.infer<typeof RecordingList>["recordings"][number];

async function listRecordings({ user, since, limit, format, ...options }: ListOptions): Promise<void> {
  const { client } = await adminSession(options);
  const { recordings, more } = await fetchNewest(client, { user, since }, limit);
  if (format === "json") writeJson(recordings);
  else {
    const header = ["Session", "Started", "Ended", "User", "Connected as", "Statements"];
    writeTable({ header, rows: recordings.map(row) });
  }
  if (more) note(`only the newest ${recordings.length} are shown; see --limit and --since`);
}

async function fetchNewest(
  client: Client,
  filter: { readonly user?: string | undefined; readonly since?: string | undefined },
  limit: number,
): Promise<{ recordings: Recording[]; more: boolean }> {
  const pages: Recording[][] = [];
  let missing = limit;
  let cursor: string | undefined;
  do {
    const query = { ...filter, cursor, limit: Math.min(pageSize, missing) };
    const page = await client.call("listRecordings", { query });
    pages.unshift(page.recordings);
    missing -= page.recordings.length;
    cursor = page.cursor;
  } while (cursor !== undefined && missing > 0);
  return { recordings: pages.flat(), more: cursor !== undefined };
}

function row({
  sid,
  started_at,
  ended_at,
  user,
  db_user,
  database,
  db_name,
  statements,
}: Recording): string[] {
  const end = ended_at ?? "(running)";
  const count = statements === null ? "" : String(statements);
  return [sid, started_at, end, user, `${db_user}@${database}/${db_name}`, count];
}

async function playRecording(text: string, options: AdminOptions & { format: string }): Promise<void> {
  const { client } = await adminSession(options);
  const sid = isWhole(text) ? text : await resolveSession(client, text);
  const { events } = await client.call("getRecording", { params: { sid } });
  if (options.format === "json") writeJson(events);
  else for (const line of formatReplay(events)) writeLine(line);
  if (!events.some(({ event }) => event === "db.session.end"))
    note("the session is still running; this is what it did so far");
}

function isWhole(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

/** The one among the newest sessions whose id begins like this. Throws Fault `resource.missing` or UsageError. */
async function resolveSession(client: Client, text: string): Promise<string> {
  if (!/^[0-9a-f][0-9a-f-]{3,35}$/.test(text))
    throw new UsageError(
      "expected a session's id, or at least its first four characters: see `postern recordings ls`",
    );
  const { recordings } = await client.call("listRecordings", { query: { limit: pageSize } });
  const found = recordings.filter(({ sid }) => sid.startsWith(text));
  const [only, another] = found;
  if (another !== undefined)
    throw new UsageError(
      `several sessions begin like this: ${found
        .map(({ sid }) => sid)
        .slice(0, 10)
        .join(", ")}`,
    );
  if (only !== undefined) return only.sid;
  throw new Fault("resource.missing", `none of the newest ${recordings.length} sessions begins like this`, {
    hint: "`postern recordings ls` lists them",
  });
}
