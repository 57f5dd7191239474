import type { Client } from "@postern/client/client";
import { AuditEvent } from "@postern/core/audit/event";
import { Duration, formatTime, parseDuration } from "@postern/core/time";
import { type Command, InvalidArgumentError } from "commander";
import { example, group, parseBy, parseCount, withAdmin, withFormat } from "../options.ts";
import { describeEvent } from "../output/event.ts";
import { note, writeJson, writeTable } from "../output/write.ts";
import { adminSession, type ServerOptions } from "../session.ts";

/** What one answer holds at most. */
const pageSize = 1000;

export function addAuditCommands(program: Command): void {
  const audit = group(program, "audit", "the audit log");
  example(audit, "postern audit ls --since 1h");
  const list = audit
    .command("ls")
    .option("--since <duration>", "how far back", parseBy(Duration), "24h")
    .option("--user <name>", "events of this user")
    .option("--event <name>", "events of this kind, such as db.session.query", parseEventName)
    .option("--sid <sid>", "events of this session")
    .option("--limit <count>", "the newest so many", parseCount, 1000)
    .description("list audit events, newest last")
    .action(listEvents);
  example(withFormat(withAdmin(list)), "postern audit ls --since 1h --event db.session.query --format=json");
}

/** A mistyped kind would look like a quiet day. */
function parseEventName(text: string): string {
  const names = AuditEvent.options.map(({ shape }) => shape.event.value);
  if (names.some((name) => name === text)) return text;
  throw new InvalidArgumentError(`Known are ${names.sort().join(", ")}.`);
}

/** Here `--user` filters; it doesn't say who asks. */
interface ListOptions extends ServerOptions {
  readonly dataDir?: string;
  readonly since: string;
  readonly user?: string;
  readonly event?: string;
  readonly sid?: string;
  readonly limit: number;
  readonly format: string;
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
  { since, event, sid, limit }: Omit<ListOptions, "user">,
): Promise<{ events: AuditEvent[]; more: boolean }> {
  const filter = { since: formatTime(Date.now() - parseDuration(since)), user, event, sid };
  const pages: AuditEvent[][] = [];
  let missing = limit;
  let cursor: string | undefined;
  do {
    const query = { ...filter, cursor, limit: Math.min(pageSize, missing) };
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
