import type { Role } from "./role.ts";

/** Sees every database, and connects as the database users that a user's traits name. */
const access: Role = {
  kind: "role",
  version: "v8",
  metadata: { name: "access", description: "See the databases; connect as the user's traits say" },
  spec: {
    allow: {
      db_labels: { "*": "*" },
      db_users: ["{{internal.db_users}}"],
      db_names: ["{{internal.db_names}}"],
    },
  },
};

/** Writes every resource, and may thereby grant what its holder hasn't (`escalate`). Opens no database by itself. */
const editor: Role = {
  kind: "role",
  version: "v8",
  metadata: { name: "editor", description: "Edit every resource, and grant any right" },
  spec: { allow: { rules: [{ resources: ["*"], verbs: ["*", "escalate"] }] } },
};

/** Reads the audit log and the recordings. */
const auditor: Role = {
  kind: "role",
  version: "v8",
  metadata: { name: "auditor", description: "Read the audit log and recorded sessions" },
  spec: { allow: { rules: [{ resources: ["event", "session"], verbs: ["list", "read"] }] } },
};

/** The roles that every deployment starts with. */
export const presetRoles: readonly Role[] = [access, editor, auditor];
