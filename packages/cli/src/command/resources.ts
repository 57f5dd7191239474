import type { ListedResource, ResourceKind } from "@postern/core/api/admin";
import { Fault, isFault } from "@postern/core/fault";
import { formatResource } from "@postern/core/resource/format";
import { parseResources } from "@postern/core/resource/parse";
import { kindWords, parseKind, parseRef } from "@postern/core/resource/ref";
import type { Resource } from "@postern/core/resource/resource";
import type { Command } from "commander";
import { editText } from "../editor.ts";
import { UsageError } from "../failure.ts";
import { readText } from "../input/text.ts";
import { example, withFormat, withIdentity } from "../options.ts";
import { writeData, writeJson, writeLine, writeTable } from "../output/write.ts";
import { placeIssues } from "../place-issues.ts";
import { type AdminOptions, adminSession } from "../session.ts";
import { didYouMean } from "../suggestion.ts";

export function addResourceCommands(program: Command): void {
  const create = program
    .command("create")
    .description("create the resources of a YAML or JSON file, or of standard input")
    .option("-f, --file <file>", "the file; - for standard input")
    .option("--force", "replace what exists")
    .action(createResources);
  example(
    withFormat(withIdentity(create)),
    "postern create -f role.yaml",
    "postern create --force < roles.yaml",
  );

  const get = program
    .command("get")
    .argument("<kind[/name]>", "such as role/db, roles or users")
    .description("show a resource, or all of a kind")
    .action(getResources);
  example(
    withFormat(withIdentity(get), "text", "yaml", "json"),
    "postern get role/db",
    "postern get users --format=yaml",
  );

  const edit = program
    .command("edit")
    .argument("<kind/name>", "such as role/db")
    .description("change a resource in $VISUAL or $EDITOR")
    .action(editResource);
  example(withFormat(withIdentity(edit)), "postern edit role/db");

  const remove = program
    .command("rm")
    .argument("<kind/name>", "such as role/db")
    .description("delete a resource")
    .action(removeResource);
  example(withFormat(withIdentity(remove)), "postern rm role/db");
}

type CreateOptions = AdminOptions & { file?: string; force?: boolean; format: string };

async function createResources(options: CreateOptions): Promise<void> {
  const source = options.file ?? "standard input";
  const text = await readText(options.file);
  const resources = parseResources(text, source);
  assertDistinct(resources, text, source);
  const { client } = await adminSession(options);
  const written = [];
  for (const [index, resource] of resources.entries()) {
    const { kind, metadata } = resource;
    try {
      const body = { resource, replace: options.force === true };
      const { created } = await client.call("writeResource", { body });
      written.push({ kind, name: metadata.name, created });
      if (options.format === "text")
        writeLine(`${kind} "${metadata.name}" has been ${created ? "created" : "updated"}`);
    } catch (error) {
      throw about(placeIssues(error, { text, source, index }), resources.length > 1 ? resource : undefined);
    }
  }
  if (options.format === "json") writeJson(written);
}

/** The second would replace the first, or be refused once the first is written. */
function assertDistinct(resources: readonly Resource[], text: string, source: string): void {
  const seen = new Set<string>();
  for (const [index, { kind, metadata }] of resources.entries()) {
    const ref = `${kind}/${metadata.name}`;
    if (seen.has(ref)) {
      const issue = { path: "metadata.name", message: `${ref} stands here twice` };
      throw placeIssues(new Fault("input.invalid", issue.message, { issues: [issue] }), {
        text,
        source,
        index,
      });
    }
    seen.add(ref);
  }
}

/** Says which of several resources was refused; those before it are written. */
function about(error: unknown, resource: Resource | undefined): unknown {
  if (!isFault(error) || resource === undefined) return error;
  const { kind, metadata } = resource;
  return new Fault(error.code, `${kind} "${metadata.name}": ${error.message}`, error.data);
}

async function editResource(text: string, options: AdminOptions & { format: string }): Promise<void> {
  const { kind, name } = parseArgument(text);
  if (name === undefined) throw new UsageError(`which one? use postern edit ${kind}/NAME`);
  if (kind === "db_server")
    throw new UsageError("hosts say which databases they serve: there is nothing to edit");
  const { client } = await adminSession(options);
  const before = await client.call("getResource", { params: { kind, name } });
  if (before.kind === "db_server")
    throw new Fault("internal", `asked for ${kind}/${name} and got another kind`);
  const written = await editText(`${kind}-${name}.yaml`, formatResource(before), async (edited, file) => {
    const resource = parseOne(edited, file, before);
    const body = { resource, replace: true, unchanged_from: before };
    return await client
      .call("writeResource", { body })
      .catch((error: unknown) =>
        Promise.reject(placeIssues(error, { text: edited, source: file, index: 0 })),
      );
  });
  if (options.format === "json") return writeJson(written?.resource ?? before);
  writeLine(`${kind} "${name}" ${written ? "has been updated" : "was not changed"}`);
}

/** Editing changes one resource: it makes no other, and gives it no other name. */
function parseOne(text: string, source: string, { kind, metadata }: Resource): Resource {
  const [resource, another] = parseResources(text, source);
  if (resource && !another && resource.kind === kind && resource.metadata.name === metadata.name)
    return resource;
  throw new Fault("input.invalid", `${source}: expected the ${kind} \`${metadata.name}\`, and nothing else`, {
    hint: "`postern create -f FILE` makes another one",
  });
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
    case "lock":
      return [metadata.name, kind, `keeps ${resource.spec.target.user} out`];
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
    if (!isFault(error, "input.invalid")) throw error;
    const [kind = ""] = text.split("/");
    throw new UsageError(`${error.message}${parseKind(kind) ? "" : didYouMean(kind, kindWords)}`);
  }
}
