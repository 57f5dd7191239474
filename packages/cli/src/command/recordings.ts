import type { Command } from "commander";
import { example, withFormat, withIdentity } from "../options.ts";
import { formatTable, writeJson, writeLine } from "../output.ts";
import { formatReplay } from "../replay.ts";
import { type AdminOptions, adminClient } from "../session.ts";

export function addRecordingCommands(program: Command): void {
  const recordings = program.command("recordings").description("recorded database sessions");
  const list = recordings.command("ls").description("list recorded sessions").action(listRecordings);
  example(withFormat(withIdentity(list)), "postern recordings ls");

  const play = program
    .command("play")
    .argument("<sid>", "the session, as `recordings ls` shows it")
    .description("replay a session: its statements, row counts, errors and timing")
    .action(playRecording);
  example(withFormat(withIdentity(play)), "postern play 0196f2aa-…", "postern play --format json 0196f2aa-…");
}

async function listRecordings(options: AdminOptions & { format: string }): Promise<void> {
  const { recordings } = await (await adminClient(options)).call("listRecordings", { query: {} });
  if (options.format === "json") return writeJson(recordings);
  const rows = recordings.map((each) => [
    each.sid,
    each.started_at,
    each.ended_at ?? "(open)",
    each.user,
    `${each.db_user}@${each.database}/${each.db_name}`,
    each.statements === null ? "" : String(each.statements),
  ]);
  writeLine(formatTable(["Session", "Started", "Ended", "User", "Connected as", "Statements"], rows));
}

async function playRecording(sid: string, options: AdminOptions & { format: string }): Promise<void> {
  const { events } = await (await adminClient(options)).call("getRecording", { params: { sid } });
  if (options.format === "json") return writeJson(events);
  for (const line of formatReplay(events)) writeLine(line);
}
