/** Reads resources as they are kept: but for a token, each item's value is the resource itself. All reads are consistent. */
import { expandRole } from "@postern/core/access/template";
import type { ListedResource, ResourceKind } from "@postern/core/api/admin";
import { Fault } from "@postern/core/fault";
import { Database } from "@postern/core/resource/db";
import type { DatabaseServer } from "@postern/core/resource/db-server";
import { Lock } from "@postern/core/resource/lock";
import { ResourceName } from "@postern/core/resource/name";
import { Role } from "@postern/core/resource/role";
import { User } from "@postern/core/resource/user";
import type { Item } from "@postern/store/port";
import type { z } from "zod";
import { loadAllServers } from "../database/servers.ts";
import { resourceKey, resourcePartition } from "../keys.ts";
import type { Base } from "../ports.ts";
import { KeptToken } from "./kept-token.ts";

const schemas = {
  role: Role,
  user: User,
  db: Database,
  lock: Lock,
  token: KeptToken.transform(({ resource }) => resource),
} as const;

/** What is kept; servers are what hosts say of themselves. */
type KeptKind = Exclude<ResourceKind, "db_server">;
type Loaded<K extends ResourceKind> = K extends KeptKind ? z.infer<(typeof schemas)[K]> : DatabaseServer;

/** A resource and the version of its item, for a write that depends on it. */
export interface Stored<R extends ListedResource = ListedResource> {
  readonly resource: R;
  readonly version: number;
}

/** Undefined where there is none of this name, or can't be. */
export async function loadStored<K extends KeptKind>(
  base: Base,
  kind: K,
  name: string,
): Promise<Stored<Loaded<K>> | undefined> {
  if (!ResourceName.safeParse(name).success) return undefined;
  const item = await base.store.get(resourceKey(kind, name));
  return item && { resource: parseItem(kind, item), version: item.version };
}

export async function loadUser(base: Base, name: string): Promise<User | undefined> {
  return (await loadStored(base, "user", name))?.resource;
}

export async function loadDatabase(base: Base, name: string): Promise<Database | undefined> {
  return (await loadStored(base, "db", name))?.resource;
}

/**
 * The roles that the user holds now, their templates filled with his traits; none for a user who doesn't exist.
 * @throws Fault `access.denied` where one of his roles is missing: it may have held what he is denied.
 */
export async function loadHeldRoles(base: Base, user: string): Promise<readonly Role[]> {
  const { roles = [], traits = {} } = (await loadUser(base, user))?.spec ?? {};
  return (await loadRoles(base, roles)).map((role) => expandRole(role, traits));
}

/** @throws Fault `access.denied` where one is missing. */
export async function loadRoles(base: Base, names: readonly string[]): Promise<readonly Role[]> {
  const found = await Promise.all(
    names.map(async (name) => [name, await loadStored(base, "role", name)] as const),
  );
  return found.map(([name, stored]) => {
    if (stored) return stored.resource;
    throw new Fault("access.denied", `the role \`${name}\` does not exist any more`, {
      hint: "an admin takes it from the user",
    });
  });
}

/** All of a kind, in order of their names. */
export async function loadAll<K extends ResourceKind>(base: Base, kind: K): Promise<Loaded<K>[]> {
  // TypeScript narrows the value, and not the type parameter
  if (kind === "db_server") return (await loadAllServers(base)) as Loaded<K>[];
  return (await loadPages(base, kind)) as Loaded<K>[];
}

async function loadPages<K extends KeptKind>(base: Base, kind: K): Promise<Loaded<K>[]> {
  const resources: Loaded<K>[] = [];
  let after: string | undefined;
  do {
    const range = { pk: resourcePartition(kind), limit: 1000 };
    const page = await base.store.query(after === undefined ? range : { ...range, after });
    resources.push(...page.items.map((item) => parseItem(kind, item)));
    after = page.after;
  } while (after !== undefined);
  return resources;
}

function parseItem<K extends KeptKind>(kind: K, item: Item): Loaded<K> {
  return schemas[kind].parse(item.value) as Loaded<K>; // TypeScript can't index a schema by a type parameter
}
