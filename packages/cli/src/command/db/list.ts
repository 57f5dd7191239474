import type { DatabaseList } from "@postern/core/api/read";
import { type Command, InvalidArgumentError } from "commander";
import { example, withFormat, withServer } from "../../options.ts";
import { writeJson, writeTable } from "../../output/write.ts";
import { type ServerOptions, userSession } from "../../session.ts";
import { onlyUser } from "./target.ts";

export function addListCommand(db: Command): void {
  const list = db
    .command("ls")
    .argument("[labels...]", "only those with these labels, such as env=dev", parseLabels)
    .option("-v, --verbose", "show endpoints and health as well")
    .option("--search <text>", "only those whose name, description or labels hold the text")
    .description("list the databases that your roles let you see")
    .action(listDatabases);
  example(withFormat(withServer(list)), "postern db ls env=dev");
}

type Label = readonly [key: string, value: string];
type Database = DatabaseList["databases"][number];

/** commander calls it for every argument, with what it made of those before. */
function parseLabels(text: string, before: readonly Label[] = []): Label[] {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined)
    throw new InvalidArgumentError("Expected a label such as env=dev.");
  return [...before, [key, value]];
}

async function listDatabases(
  labels: readonly Label[],
  options: ServerOptions & { search?: string; verbose?: boolean; format: string },
): Promise<void> {
  const { client } = await userSession(options);
  const { databases } = await client.call("listDatabases", {});
  const shown = databases.filter((each) => hasLabels(each, labels) && holds(each, options.search ?? ""));
  if (options.format === "json") return writeJson(shown);
  const more = options.verbose ? ["Endpoint", "Health"] : [];
  writeTable({
    header: ["Name", "Description", "Allowed Users", "Labels", ...more, "Connect"],
    rows: shown.map((each) => row(each, options.verbose === true)),
    flexible: ["Description", "Allowed Users", "Labels"],
  });
}

function hasLabels({ labels }: Database, wanted: readonly Label[]): boolean {
  return wanted.every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
}

function holds(database: Database, search: string): boolean {
  const text = [database.name, database.description, ...formatLabels(database)].join("\n");
  return text.toLowerCase().includes(search.toLowerCase());
}

function row(database: Database, verbose: boolean): string[] {
  const { name, description, allowed_users, uri } = database;
  const more = verbose ? [uri, formatHealth(database)] : [];
  return [
    name,
    description,
    allowed_users,
    formatLabels(database).join(","),
    ...more,
    connectCommand(database),
  ];
}

function formatHealth({ health, health_reason }: Database): string {
  return health_reason === null ? health : `${health}: ${health_reason}`;
}

/** What to type; where the roles leave a choice of users, it has to be said. */
function connectCommand({ name, public_addr, allowed_users }: Database): string {
  if (public_addr === null) return "(no live server)";
  const user = onlyUser(allowed_users) === undefined ? " --db-user=USER" : "";
  return `postern db connect${user} ${name}`;
}

function formatLabels({ labels }: Database): string[] {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .sort();
}
