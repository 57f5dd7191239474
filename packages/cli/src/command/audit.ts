import type { Client } from "@postern/client/client";
import type { AuditEvent } from "@postern/core/audit/event";
import { Duration, parseDuration } from "@postern/core/time";
import type { Command } from "commander";
import { UsageError } from "../failure.ts";
import { example, withAdmin, withFormat } from "../options.ts";
import { formatTable, note, writeJson, writeLine } from "../output.ts";
import { type AdminOptions, adminClient } from "../session.ts";

const pageSize = 1000;

export function addAuditCommands(program: Command): void {
  const audit = program.command("audit").description("the audit log");
  const list = audit
    .command("ls")
    .option("--since <duration>", "how far back", "24h")
    .option("--user <name>", "events of this user")
    .option("--event <name>", "events of this kind, such as db.session.query")
    .option("--sid <sid>", "events of this session")
    .option("--limit <count>", "the newest so many", Number, 1000)
    .description("list audit events, newest last")
    .action(listEvents);
  example(withFormat(withAdmin(list)), "postern audit ls --since 1h --event db.session.query --format=json");
}

interface ListOptions {
  proxy?: string;
  dataDir?: string;
  since: string;
  user?: string;
  event?: string;
  sid?: string;
  limit: number;
  format: string;
}

async function listEvents(options: ListOptions): Promise<void> {
  if (!Duration.safeParse(options.since).success)
    throw new UsageError("--since: expected a duration such as 1h or 30m");
  if (!(options.limit >= 1)) throw new UsageError("--limit: expected a number from 1 on");
  const { proxy, dataDir } = options; // here `--user` filters; it doesn't say who asks
  const identity: AdminOptions = {
    ...(proxy !== undefined && { proxy }),
    ...(dataDir !== undefined && { dataDir }),
  };
  const { events, more } = await fetchNewest(await adminClient(identity), options);
  if (options.format === "json") writeJson(events);
  else writeLine(formatTable(["Time", "Code", "Event", "User", "Database", "What"], events.map(row)));
  if (more) note(`only the newest ${events.length} are shown; see --limit and --since`);
}

async function fetchNewest(
  client: Client,
  options: ListOptions,
): Promise<{ events: AuditEvent[]; more: boolean }> {
  const since = new Date(Date.now() - parseDuration(options.since)).toISOString();
  const { user, event, sid, limit } = options;
  let events: AuditEvent[] = [];
  let cursor: string | undefined;
  do {
    const query = { since, user, event, sid, cursor, limit: Math.min(pageSize, limit - events.length) };
    const page = await client.call("searchAudit", { query });
    events = [...page.events, ...events];
    cursor = page.cursor;
  } while (cursor !== undefined && events.length < limit);
  return { events, more: cursor !== undefined };
}

function row(event: AuditEvent): string[] {
  const user = "user" in event ? event.user : "";
  const database = "db_service" in event ? (event.db_service ?? "") : "";
  return [event.time, event.code, event.event, user, database, describe(event)];
}

function describe(event: AuditEvent): string {
  const error = "error" in event && event.error !== undefined ? ` (${event.error})` : "";
  if (event.event === "db.session.query") return event.db_query + error;
  if (event.event === "db.session.start") return `${event.db_user}@${event.db_name}${error}`;
  if ("name" in event) return event.name + error;
  return error.trim();
}
