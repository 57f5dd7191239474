import type { Command } from "commander";
import { example, group, withFormat, withIdentity } from "../options.ts";
import { formatReplay } from "../output/replay.ts";
import { note, writeJson, writeLine, writeTable } from "../output/write.ts";
import { type AdminOptions, adminSession } from "../session.ts";

/** What one answer holds at most. */
const limit = 1000;

export function addRecordingCommands(program: Command): void {
  const recordings = group(program, "recordings", "recorded database sessions");
  example(recordings, "postern recordings ls");
  const list = recordings
    .command("ls")
    .description("list recorded sessions, newest last")
    .action(listRecordings);
  example(withFormat(withIdentity(list)), "postern recordings ls");

  const play = program
    .command("play")
    .argument("<sid>", "the session, as `postern recordings ls` shows it")
    .description("replay a session: its statements, row counts, errors and timing")
    .action(playRecording);
  example(withFormat(withIdentity(play)), "postern play 0196f2aa-…", "postern play --format json 0196f2aa-…");
}

async function listRecordings(options: AdminOptions & { format: string }): Promise<void> {
  const { client } = await adminSession(options);
  const { recordings } = await client.call("listRecordings", { query: { limit } });
  if (recordings.length === limit) note(`only the newest ${limit} are shown`);
  if (options.format === "json") return writeJson(recordings);
  const rows = recordings.map((each) => [
    each.sid,
    each.started_at,
    each.ended_at ?? "(open)",
    each.user,
    `${each.db_user}@${each.database}/${each.db_name}`,
    each.statements === null ? "" : String(each.statements),
  ]);
  const header = ["Session", "Started", "Ended", "User", "Connected as", "Statements"];
  writeTable({ header, rows });
}

async function playRecording(sid: string, options: AdminOptions & { format: string }): Promise<void> {
  const { client } = await adminSession(options);
  const { events } = await client.call("getRecording", { params: { sid } });
  if (options.format === "json") return writeJson(events);
  for (const line of formatReplay(events)) writeLine(line);
}
