import type { ListedResource, ResourceKind } from "@postern/core/api/admin";
import { Fault, isFault } from "@postern/core/fault";
import { formatResource } from "@postern/core/resource/format";
import { parseResources } from "@postern/core/resource/parse";
import { parseRef } from "@postern/core/resource/ref";
import type { Resource } from "@postern/core/resource/resource";
import type { Command } from "commander";
import { UsageError } from "../failure.ts";
import { readText } from "../input/text.ts";
import { example, withFormat, withIdentity } from "../options.ts";
import { writeData, writeJson, writeLine, writeTable } from "../output/write.ts";
import { type AdminOptions, adminSession } from "../session.ts";

export function addResourceCommands(program: Command): void {
  const create = program
    .command("create")
    .description("create the resources of a YAML or JSON file, or of standard input")
    .option("-f, --file <file>", "the file; - for standard input")
    .option("--force", "replace what exists")
    .action(createResources);
  example(withFormat(withIdentity(create)), "postern create -f role.yaml");

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
  example(withFormat(withIdentity(remove)), "postern rm role/db");
}

type CreateOptions = AdminOptions & { file?: string; force?: boolean; format: string };

async function createResources(options: CreateOptions): Promise<void> {
  const resources = parseResources(await readText(options.file), options.file ?? "standard input");
  const session = await adminSession(options);
  const written = [];
  for (const resource of resources) {
    const { kind, metadata } = resource;
    const body = { resource, replace: options.force === true };
    const { created } = await session.client
      .call("writeResource", { body })
      .catch((error: unknown) => Promise.reject(resources.length > 1 ? about(resource, error) : error));
    written.push({ kind, name: metadata.name, created });
    if (options.format === "text")
      writeLine(`${kind} "${metadata.name}" has been ${created ? "created" : "updated"}`);
  }
  if (options.format === "json") writeJson(written);
}

/** Says which of several resources was refused; those before it are written. */
function about({ kind, metadata }: Resource, error: unknown): unknown {
  return isFault(error)
    ? new Fault(error.code, `${kind} "${metadata.name}": ${error.message}`, error.data)
    : error;
}

async function getResources(text: string, options: AdminOptions & { format: string }): Promise<void> {
  const { kind, name } = parseArgument(text);
  const { client } = await adminSession(options);
  if (name !== undefined) {
    const resource = await client.call("getResource", { params: { kind, name } });
    return options.format === "json" ? writeJson(resource) : writeData(formatResource(resource).trimEnd());
  }
  const { resources } = await client.call("listResources", { params: { kind } });
  if (options.format === "json") return writeJson(resources);
  if (options.format === "yaml") return writeData(resources.map(formatResource).join("---\n").trimEnd());
  writeTable({ header: ["Name", "Kind", "Summary"], rows: resources.map(summary), flexible: ["Summary"] });
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
    case "token":
      return [metadata.name, kind, `joins by IAM, as ${resource.spec.names.join(", ")}`];
    case "role":
      return [metadata.name, kind, metadata.description ?? ""];
  }
}

async function removeResource(text: string, options: AdminOptions & { format: string }): Promise<void> {
  const { kind, name } = parseArgument(text);
  if (name === undefined) throw new UsageError(`which one? use postern rm ${kind}/NAME`);
  const { client } = await adminSession(options);
  await client.call("deleteResource", { params: { kind, name } });
  if (options.format === "json") writeJson({ kind, name });
  else writeLine(`${kind} "${name}" has been deleted`);
}

function parseArgument(text: string): { kind: ResourceKind; name?: string | undefined } {
  try {
    return parseRef(text);
  } catch (error) {
    throw isFault(error, "input.invalid") ? new UsageError(error.message) : error;
  }
}
