import { readFileSync } from "node:fs";
import type { ListedResource, ResourceKind } from "@postern/core/api/admin";
import { ResourceKind as Kinds } from "@postern/core/api/admin";
import { formatResource } from "@postern/core/resource/format";
import { parseResources } from "@postern/core/resource/parse";
import { parseRef } from "@postern/core/resource/ref";
import type { Command } from "commander";
import { UsageError } from "../failure.ts";
import { example, withFormat, withIdentity } from "../options.ts";
import { formatTable, writeJson, writeLine } from "../output.ts";
import { readStdin } from "../password.ts";
import { type AdminOptions, adminClient } from "../session.ts";

const maxBytes = 1_048_576;

export function addResourceCommands(program: Command): void {
  const create = program
    .command("create")
    .description("create the resources of a YAML or JSON file, or of standard input")
    .option("-f, --file <file>", "the file; - for standard input")
    .option("--force", "replace what exists")
    .action(createResources);
  example(withIdentity(create), "postern create -f role.yaml");

  const get = program
    .command("get")
    .argument("<kind[/name]>", "such as role/db, roles or users")
    .description("show a resource, or all of a kind")
    .action(getResources);
  example(withFormat(withIdentity(get), "text", "yaml", "json"), "postern get role/db --format=yaml");

  const remove = program
    .command("rm")
    .argument("<kind/name>", "such as role/db")
    .description("delete a resource")
    .action(removeResource);
  example(withIdentity(remove), "postern rm role/db");
}

async function createResources(options: AdminOptions & { file?: string; force?: boolean }): Promise<void> {
  const resources = parseResources(await readInput(options.file), options.file ?? "standard input");
  const client = await adminClient(options);
  for (const resource of resources) {
    const body = { resource, replace: options.force === true };
    const { created } = await client.call("writeResource", { body });
    writeLine(`${resource.kind} "${resource.metadata.name}" has been ${created ? "created" : "updated"}`);
  }
}

async function readInput(file: string | undefined): Promise<string> {
  if (file !== undefined && file !== "-") return readFileSync(file, "utf8");
  if (process.stdin.isTTY) throw new UsageError("which file? use -f FILE, or pipe it to standard input");
  return readStdin(maxBytes);
}

async function getResources(text: string, options: AdminOptions & { format: string }): Promise<void> {
  const { kind, name } = listedRef(text);
  const client = await adminClient(options);
  const found =
    name === undefined
      ? (await client.call("listResources", { params: { kind } })).resources
      : [await client.call("getResource", { params: { kind, name } })];
  if (options.format === "json") return writeJson(name === undefined ? found : found[0]);
  if (options.format === "yaml" || name !== undefined)
    return writeLine(found.map(formatResource).join("---\n").trimEnd());
  writeLine(formatTable(["Name", "Kind", "Summary"], found.map(summary)));
}

function summary(resource: ListedResource): string[] {
  const { kind, metadata } = resource;
  switch (kind) {
    case "user":
      return [metadata.name, kind, `roles: ${resource.spec.roles.join(", ")}`];
    case "db":
      return [metadata.name, kind, resource.spec.uri];
    case "db_server":
      return [metadata.name, kind, `${resource.spec.database} at ${resource.spec.public_addr}`];
    case "role":
      return [metadata.name, kind, resource.metadata.description ?? ""];
  }
}

async function removeResource(text: string, options: AdminOptions): Promise<void> {
  const { kind, name } = listedRef(text);
  if (name === undefined) throw new UsageError(`which one? use postern rm ${kind}/NAME`);
  await (await adminClient(options)).call("deleteResource", { params: { kind, name } });
  writeLine(`${kind} "${name}" has been deleted`);
}

function listedRef(text: string): { kind: ResourceKind; name?: string | undefined } {
  const ref = parseRef(text);
  const kind = Kinds.safeParse(ref.kind);
  if (kind.success) return { kind: kind.data, name: ref.name };
  throw new UsageError(ref.kind === "token" ? "use postern tokens" : "use postern recordings");
}
