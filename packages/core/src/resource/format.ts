import { Document, isMap, isScalar, type Pair, visit } from "yaml";
import { Database } from "./db.ts";
import { DatabaseServer } from "./db-server.ts";
import { Lock } from "./lock.ts";
import { Role } from "./role.ts";
import { JoinToken } from "./token.ts";
import { User } from "./user.ts";

const schemas = {
  role: Role,
  user: User,
  db: Database,
  db_server: DatabaseServer,
  token: JoinToken,
  lock: Lock,
} as const;

/** What `postern get` may show. */
export type FormattedResource = Role | User | Database | DatabaseServer | JoinToken | Lock;

/** YAML that `parseResources` reads, always the same for the same resource: keys as in the schema, labels sorted. */
export function formatResource(resource: FormattedResource): string {
  const document = new Document(schemas[resource.kind].parse(resource)); // parsing puts the keys in the schema's order
  visit(document, {
    Pair: (_key, { key, value }) => {
      if (isScalar(key) && (key.value === "labels" || key.value === "db_labels") && isMap(value))
        value.items.sort(byKey);
    },
  });
  return document.toString({ lineWidth: 0 });
}

function byKey(a: Pair, b: Pair): number {
  return String(a.key) < String(b.key) ? -1 : 1;
}
