/** Shows resources. */
import type { ListedResource, ResourceKind, ResourceList } from "@postern/core/api/admin";
import { Fault } from "@postern/core/fault";
import { nearestNames } from "@postern/core/nearest";
import type { z } from "zod";
import type { Call } from "../caller.ts";
import { requireRightToRead } from "../denied.ts";
import type { Base } from "../ports.ts";
import type { Writer } from "./event.ts";
import { loadAll, loadStored } from "./load.ts";

/** All resources of a kind, by name. @throws Fault `access.denied`, audited */
export async function listResources(
  base: Base,
  call: Call<Writer>,
  { kind }: { kind: ResourceKind },
): Promise<z.infer<typeof ResourceList>> {
  await requireRightToRead(base, call, { resource: kind, verb: "list" });
  return { resources: await loadAll(base, kind) };
}

/** @throws Fault `access.denied`, audited, or `resource.missing` with the names that may have been meant. */
export async function getResource(
  base: Base,
  call: Call<Writer>,
  { kind, name }: { kind: ResourceKind; name: string },
): Promise<ListedResource> {
  await requireRightToRead(base, call, { resource: kind, verb: "read" });
  const resource = await findResource(base, kind, name);
  if (resource) return resource;
  throw await missingResource(base, kind, name);
}

async function findResource(
  base: Base,
  kind: ResourceKind,
  name: string,
): Promise<ListedResource | undefined> {
  if (kind !== "db_server") return (await loadStored(base, kind, name))?.resource;
  return (await loadAll(base, kind)).find(({ metadata }) => metadata.name === name);
}

/** For callers who may see all names of the kind. */
export async function missingResource(base: Base, kind: ResourceKind, name: string): Promise<Fault> {
  const names = (await loadAll(base, kind)).map(({ metadata }) => metadata.name);
  const near = nearestNames(name.slice(0, 64), names);
  const hint =
    near.length > 0 ? `did you mean ${near.map((candidate) => `\`${candidate}\``).join(", ")}?` : undefined;
  return new Fault(
    "resource.missing",
    `there is no ${kind} of this name`,
    hint === undefined ? {} : { hint },
  );
}
