/**
 * A host serves databases, it does not define them. The first host to state one registers it, within the rights of
 * whoever made its join token; from then on what a host states must be what is kept, until a user changes that.
 */

import { isDeepStrictEqual } from "node:util";
import type { ServedDatabase } from "@postern/core/api/host";
import type { Database } from "@postern/core/resource/db";
import { eventWrites } from "../audit/append.ts";
import type { Call, CallerOf } from "../caller.ts";
import { creatorRoles } from "../identity/creator.ts";
import { resourceKey } from "../keys.ts";
import type { Base } from "../ports.ts";
import { loadDatabase } from "../resource/load.ts";
import { missingRight } from "../resource/right.ts";
import { toValue } from "../value.ts";
import type { Host } from "./record.ts";

export type Registration =
  /** The database as it is kept. */
  | { readonly type: "serves"; readonly database: Database }
  | { readonly type: "refused"; readonly reason: string };

export async function register(
  base: Base,
  call: Call<CallerOf<"host">>,
  host: Host,
  served: ServedDatabase,
): Promise<Registration> {
  const kept = (await loadDatabase(base, served.name)) ?? (await create(base, call, host, served));
  if (kept === undefined) {
    return refused(
      "who made the host's join token may not create databases (`db`, verb `create`), or is gone",
    );
  }
  const different = differences(kept, served);
  if (different.length === 0) return { type: "serves", database: kept };
  return refused(
    `registered with another ${different.join(", ")}: changing that takes a user who may update databases`,
  );
}

function refused(reason: string): Registration {
  return { type: "refused", reason };
}

/** The new database, or the one that another host registered at the same moment; undefined without the right. */
async function create(
  base: Base,
  { address }: Call,
  host: Host,
  { name, description, labels, spec }: ServedDatabase,
): Promise<Database | undefined> {
  const holdings = await creatorRoles(base, host.created_by);
  if (missingRight(holdings, { resource: "db", verb: "create" }) !== undefined) return undefined;
  const database: Database = { kind: "db", version: "v3", metadata: { name, description, labels }, spec };
  const result = await base.store.commit([
    { type: "put", key: resourceKey("db", name), value: toValue(database), condition: { type: "absent" } },
    ...eventWrites(base, [
      {
        event: "db.create",
        code: "TDB03I",
        user: host.created_by.name,
        name,
        "addr.remote": address,
        success: true,
        message: `registered by host \`${host.host_id}\`, which joined with token \`${host.token_name}\``,
      },
    ]),
  ]);
  return result.type === "committed" ? database : await loadDatabase(base, name);
}

/** The description is for people and may differ; everything else says where sessions go, or who may open them. */
function differences({ metadata, spec }: Database, served: ServedDatabase): string[] {
  const pairs: [string, unknown, unknown][] = [
    ["endpoint (`uri`)", spec.uri, served.spec.uri],
    ["protocol", spec.protocol, served.spec.protocol],
    ["CA certificate", spec.tls, served.spec.tls],
    ["labels", metadata.labels ?? {}, served.labels],
    ["region", spec.aws.region, served.spec.aws.region],
    ["account id", spec.aws.account_id, served.spec.aws.account_id],
    ["resource id", spec.aws.resource_id, served.spec.aws.resource_id],
    ["role to assume", spec.aws.assume_role_arn, served.spec.aws.assume_role_arn],
    ["external id", spec.aws.external_id, served.spec.aws.external_id],
  ];
  return pairs.filter(([, kept, stated]) => !isDeepStrictEqual(kept, stated)).map(([what]) => what);
}
