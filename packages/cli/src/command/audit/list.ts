import type { Client } from "@postern/client/client";
import { describeEvent } from "@postern/core/audit/describe";
import type { AuditEvent } from "@postern/core/audit/event";
import type { Command } from "commander";
import { example, parseCount, parseTime, withAdmin, withFormat } from "../../options.ts";
import { note, writeJson, writeTable } from "../../output/write.ts";
import { adminSession } from "../../session.ts";
import { type FilterOptions, withFilter } from "./filter.ts";

/** What one answer holds at most. */
const pageSize = 1000;

export function addListCommand(audit: Command): void {
  const list = withFilter(audit.command("ls"))
    .option("--since <time>", "from when on: a duration back from now, or a time", parseTime)
    .addHelpText("after", "\nWithout --since: the last 24 hours.")
    .option("--until <time>", "until when: the same", parseTime)
    .option("--sid <sid>", "events of this session")
    .option("--limit <count>", "the newest so many", parseCount, 1000)
    .description("list audit events, newest last; as JSON, one array")
    .action(listEvents);
  example(
    withFormat(withAdmin(list)),
    "postern audit ls --since 1h --event db.session.query --format=json",
    "postern audit ls --since 2026-03-04T10:00:00Z --until 2026-03-04T11:00:00Z --user alice",
  );
}

interface ListOptions extends FilterOptions {
  readonly since?: string;
  readonly until?: string;
  readonly sid?: string;
  readonly limit: number;
}

async function listEvents({ user, ...options }: ListOptions): Promise<void> {
  const { client } = await adminSession(options);
  const { events, more } = await fetchNewest(client, user, options);
  if (options.format === "json") writeJson(events);
  else {
    const header = ["Time", "Code", "Event", "User", "Database", "What"];
    writeTable({ header, rows: events.map(row), flexible: ["What"] });
  }
  if (more) note(`only the newest ${events.length} are shown; see --limit and --since`);
}

async function fetchNewest(
  client: Client,
  user: string | undefined,
  { since, until, event, sid, limit }: Omit<ListOptions, "user">,
): Promise<{ events: AuditEvent[]; more: boolean }> {
  const pages: AuditEvent[][] = [];
  let missing = limit;
  let cursor: string | undefined;
  do {
    const query = { since, until, user, event, sid, cursor, limit: Math.min(pageSize, missing) };
    const page = await client.call("searchAudit", { query });
    pages.unshift(page.events);
    missing -= page.events.length;
    cursor = page.cursor;
  } while (cursor !== undefined && missing > 0);
  return { events: pages.flat(), more: cursor !== undefined };
}

function row(event: AuditEvent): string[] {
  const user = "user" in event ? event.user : "";
  const database = "db_service" in event ? (event.db_service ?? "") : "";
  return [event.time, event.code, event.event, user, database, describeEvent(event)];
}
