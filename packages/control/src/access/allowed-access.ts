/**
 * The proof that somebody may open a database now. Only `decideAccess` makes one, and only with it is an IAM token
 * signed: a code path that forgets to ask can't go on.
 */
import { decide } from "@postern/core/access/decide";
import { formatReason } from "@postern/core/access/reason";
import { invariant } from "@postern/core/fault";
import type { Database } from "@postern/core/resource/db";
import type { Role } from "@postern/core/resource/role";
import type { Grant } from "../identity/grant.ts";

declare const allowed: unique symbol;

export interface AllowedAccess {
  readonly [allowed]: true;
  readonly user: string;
  readonly database: Database;
  readonly db_user: string;
  readonly db_name: string;
  /** The role that grants it. */
  readonly role: string;
  /** When it ends, milliseconds since 1970: with the login session, or with the role that grants it. */
  readonly ends_at: number;
  /** How long it may be idle, in milliseconds; absent where no role says. */
  readonly idle_timeout_ms?: number;
}

const made = new WeakSet<AllowedAccess>();

/** Everything that the decision depends on, as it is now. */
export interface AccessFacts {
  readonly grant: Grant;
  readonly roles: readonly Role[];
  readonly database: Database;
  readonly client_addr: string;
  /** Milliseconds since 1970. */
  readonly login_ends_at: number;
  readonly now: number;
}

export type AccessVerdict =
  | { readonly type: "allow"; readonly access: AllowedAccess; readonly warnings: readonly string[] }
  | { readonly type: "deny"; readonly reasons: readonly string[] };

export function decideAccess({
  grant,
  roles,
  database,
  client_addr,
  login_ends_at,
  now,
}: AccessFacts): AccessVerdict {
  const { user, db_user, db_name } = grant;
  const decision = decide({
    actor: { type: "user", name: user },
    roles: roles.map((role) => ({ role, source: "user" })),
    client_addr,
    database: { name: database.metadata.name, labels: database.metadata.labels ?? {} },
    db_user,
    db_name,
    now,
  });
  switch (decision.type) {
    case "deny":
      return { type: "deny", reasons: decision.reasons.map(formatReason) };
    case "challenge":
      return { type: "deny", reasons: [`needs ${decision.needs.join(", ")}, which can't be asked for yet`] };
    case "allow": {
      const ends_at = Math.min(login_ends_at, decision.ends_at ?? login_ends_at);
      const { role, options } = decision;
      const idle_timeout_ms = options.client_idle_timeout_ms;
      const idle = idle_timeout_ms !== undefined && { idle_timeout_ms };
      const access = { user, database, db_user, db_name, role, ends_at, ...idle } as AllowedAccess; // decided above
      made.add(access);
      return { type: "allow", access, warnings: decision.warnings.map(formatReason) };
    }
    default:
      return decision satisfies never;
  }
}

/** Holds off whatever only looks like a proof. */
export function assertAllowed(access: AllowedAccess): void {
  invariant(made.has(access), "access was decided before it is used");
}
