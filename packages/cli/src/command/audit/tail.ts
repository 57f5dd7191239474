import { setTimeout } from "node:timers/promises";
import { isFault } from "@postern/core/fault";
import { type Command, InvalidArgumentError } from "commander";
import { createFollower, type Follower, type News } from "../../follower.ts";
import { example, withAdmin, withFormat } from "../../options.ts";
import { formatEvent, formatRunning } from "../../output/event.ts";
import { note, writeJsonLine, writeLine } from "../../output/write.ts";
import { type AdminOptions, adminSession } from "../../session.ts";
import { endOn } from "../../signals.ts";
import { type FilterOptions, withFilter } from "./filter.ts";

/** Between two questions, and the longest between two attempts to reach a server that is away. */
const pauseMs = 1_000;
const longestPauseMs = 15_000;

export function addTailCommand(audit: Command): void {
  const tail = withFilter(audit.command("tail"))
    .option("-n, --lines <count>", "begin with the newest so many events", parseLines, 10)
    .description(
      "show audit events as they come, until Ctrl-C; statements that still run as well. As JSON, one value per line",
    )
    .action(tailEvents);
  example(
    withFormat(withAdmin(tail)),
    "postern audit tail",
    "postern audit tail --event db.session.query --format=json",
  );
}

function parseLines(text: string): number {
  if (/^\d{1,3}$|^1000$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Expected a whole number up to 1000.");
}

type TailOptions = FilterOptions & { readonly lines: number };

async function tailEvents({ user, event, lines, format, ...options }: TailOptions): Promise<void> {
  const follower = createFollower({ user, event }, lines);
  const print = format === "json" ? printJson : printText;
  await endOn(["SIGINT", "SIGTERM", "SIGHUP"], (ending) => followUntil(ending, options, follower, print));
}

/** A server that is away, or comes back as another, is waited for; it is said once. */
async function followUntil(
  ending: AbortSignal,
  options: AdminOptions,
  follower: Follower,
  print: (news: News) => void,
): Promise<void> {
  let { client } = await adminSession(options);
  let failures = 0;
  while (!ending.aborted) {
    try {
      const news = await follower.next(client);
      if (failures > 0) note("going on");
      failures = 0;
      print(news);
      if (!news.more) await pause(pauseMs, ending);
    } catch (error) {
      if (isFault(error, "auth.invalid", "auth.expired") && failures > 0)
        ({ client } = await adminSession(options));
      else if (!isFault(error, "service.unavailable", "resource.changed")) throw error;
      else if (failures === 0) note(`${error.message}; trying again`);
      failures += 1;
      await pause(Math.min(longestPauseMs, pauseMs * failures), ending);
    }
  }
}

function printText({ events, running }: News): void {
  for (const each of running) writeLine(formatRunning(each));
  for (const each of events) writeLine(formatEvent(each));
}

/** A statement that runs is told in its event's words, as far as there are any yet. */
function printJson({ events, running }: News): void {
  for (const each of running) writeJsonLine({ event: "db.session.query", outcome: "running", ...each });
  for (const each of events) writeJsonLine(each);
}

async function pause(ms: number, ending: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal: ending }).catch(() => undefined); // aborted: nothing is left to wait for
}
