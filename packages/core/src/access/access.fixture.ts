/** Short spellings of roles and requests, for the tests of this folder. */
import type { Conditions, Role } from "../resource/role.ts";
import type { AccessRequest, RoleHolding } from "./request.ts";

export const everything: Conditions = { db_labels: { "*": "*" }, db_users: ["*"], db_names: ["*"] };

export function role(name: string, allow?: Conditions, deny?: Conditions): Role {
  const spec = { ...(allow === undefined ? {} : { allow }), ...(deny === undefined ? {} : { deny }) };
  return { kind: "role", version: "v8", metadata: { name }, spec };
}

export function held(...roles: readonly Role[]): readonly RoleHolding[] {
  return roles.map((role) => ({ role, source: "user" }));
}

export function request(roles: readonly Role[], asked: Partial<AccessRequest> = {}): AccessRequest {
  return {
    actor: { type: "user", name: "alice" },
    roles: held(...roles),
    database: { name: "aurora", labels: { env: "dev" } },
    db_user: "app",
    db_name: "x",
    now: 1_000,
    ...asked,
  };
}

export function labelled(labels: Record<string, string>): AccessRequest["database"] {
  return { name: "aurora", labels };
}
