/** Whether what a credential is asked for is there, allowed, and served. */
import { mayListDatabase } from "@postern/core/access/allowed-users";
import { decide } from "@postern/core/access/decide";
import type { Decision } from "@postern/core/access/decision";
import { formatReason } from "@postern/core/access/reason";
import type { CredentialRequest } from "@postern/core/api/identity";
import { Fault } from "@postern/core/fault";
import { createId } from "@postern/core/id";
import { nearestNames } from "@postern/core/nearest";
import type { Database } from "@postern/core/resource/db";
import type { Role } from "@postern/core/resource/role";
import type { Call, CallerOf } from "../caller.ts";
import { loadServers, orderServers } from "../database/servers.ts";
import type { Base } from "../ports.ts";
import { AccessDenied } from "../refusal.ts";
import { loadAll, loadDatabase, loadHeldRoles } from "../resource/load.ts";

type UserCall = Call<CallerOf<"user">>;
export type Allowance = Extract<Decision, { type: "allow" }>;

export interface ServedTarget {
  /** Where the user is sent, best first. */
  readonly addrs: readonly [string, ...string[]];
  readonly access: Allowance;
}

/**
 * Where a database is served that the user's roles allow as asked for, and how they allow it.
 * @throws Fault `access.denied`, `resource.missing`, or `service.unavailable` where no host serves it
 */
export async function requireServed(
  base: Base,
  call: UserCall,
  input: CredentialRequest,
): Promise<ServedTarget> {
  const roles = await loadHeldRoles(base, call.caller.user);
  const database = await loadDatabase(base, input.database);
  if (!database) throw await missingDatabase(base, roles, input.database);
  const access = requireAllowed(base, call, roles, database, input);
  const servers = orderServers(await loadServers(base, input.database), base.random);
  // Behind a balancer several have one address.
  const [first, ...others] = new Set(servers.map(({ spec }) => spec.public_addr));
  if (first !== undefined) return { addrs: [first, ...others], access };
  throw new Fault("service.unavailable", `no host serves the database \`${input.database}\` at the moment`, {
    hint: "is its database service running? `postern db ls` shows when it is back",
  });
}

function requireAllowed(
  base: Base,
  { caller, address }: UserCall,
  roles: readonly Role[],
  { metadata }: Database,
  { database, db_user, db_name }: CredentialRequest,
): Allowance {
  const now = base.clock();
  const decision = decide({
    actor: { type: "user", name: caller.user },
    roles: roles.map((role) => ({ role, source: "user" })),
    client_addr: address,
    database: { name: metadata.name, labels: metadata.labels ?? {} },
    db_user,
    db_name,
    now,
  });
  if (decision.type === "allow") return decision;
  const reasons =
    decision.type === "deny"
      ? decision.reasons.map(formatReason)
      : decision.needs.map((need) => `needs ${need}`);
  const target = `database \`${database}\` as user \`${db_user}\`, name \`${db_name}\``;
  throw new AccessDenied(`no access to ${target}`, reasons, {
    hint: "`postern db ls` shows what is allowed",
    decision_id: createId("decision", now, base.random),
  });
}

/** Names only databases that the user can see in `postern db ls`. */
async function missingDatabase(base: Base, roles: readonly Role[], name: string): Promise<Fault> {
  const visible = (await loadAll(base, "db")).filter(({ metadata }) =>
    mayListDatabase(roles, { labels: metadata.labels ?? {} }),
  );
  const near = nearestNames(
    name,
    visible.map(({ metadata }) => metadata.name),
  );
  const meant = near.map((candidate) => `\`${candidate}\``).join(", ");
  return new Fault("resource.missing", "there is no database of this name", {
    hint: meant === "" ? "`postern db ls` shows the databases" : `did you mean ${meant}?`,
  });
}
