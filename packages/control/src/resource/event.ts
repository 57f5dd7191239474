/** The audit events of changes to resources, one table for all kinds and acts. */

import type { NewEvent } from "../audit/append.ts";
import type { Call, CallerOf } from "../caller.ts";

/** Who may change resources. */
export type Writer = CallerOf<"user" | "admin">;

/** The writer's name as the audit log shows it. */
export function writerName(writer: Writer): string {
  return writer.type === "user" ? writer.user : writer.name;
}

export type ResourceAct = "create" | "update" | "delete";

/** What was to be changed; a user's `roles` are those that he was to have. */
export type ChangedResource =
  | { readonly kind: "role" | "db" | "token" | "lock"; readonly name: string }
  | { readonly kind: "user"; readonly name: string; readonly roles: readonly string[] };

/** `reasons` of a success are the rights that the writer granted by `escalate`. */
export interface ChangeOutcome {
  success: boolean;
  message?: string;
  reasons?: string[];
  decision_id?: string;
}

export function changeEvent(
  { caller, address }: Call<Writer>,
  act: ResourceAct,
  changed: ChangedResource,
  outcome: ChangeOutcome,
): NewEvent {
  const common = { user: writerName(caller), name: changed.name, "addr.remote": address, ...outcome };
  switch (changed.kind) {
    case "role":
      return roleEvent(act, common);
    case "user":
      return userEvent(act, { ...common, roles: [...changed.roles] });
    case "db":
      return databaseEvent(act, common);
    case "token":
      return tokenEvent(act, common);
    case "lock":
      return lockEvent(act, common);
  }
}

type Common = ChangeOutcome & { user: string; name: string; "addr.remote": string };

function roleEvent(act: ResourceAct, common: Common): NewEvent {
  const { success } = common;
  switch (act) {
    case "create":
      return { event: "role.created", code: success ? "T9000I" : "T9000W", ...common };
    case "update":
      return { event: "role.updated", code: success ? "T9002I" : "T9002W", ...common };
    case "delete":
      return { event: "role.deleted", code: success ? "T9001I" : "T9001W", ...common };
  }
}

function userEvent(act: ResourceAct, common: Common & { roles: string[] }): NewEvent {
  const { success, roles: _, ...withoutRoles } = common;
  switch (act) {
    case "create":
      return { event: "user.create", code: success ? "T1002I" : "T1002W", ...common };
    case "update":
      return { event: "user.update", code: success ? "T1003I" : "T1003W", ...common };
    case "delete":
      return { event: "user.delete", code: success ? "T1004I" : "T1004W", success, ...withoutRoles };
  }
}

function databaseEvent(act: ResourceAct, common: Common): NewEvent {
  const { success } = common;
  switch (act) {
    case "create":
      return { event: "db.create", code: success ? "TDB03I" : "TDB03W", ...common };
    case "update":
      return { event: "db.update", code: success ? "TDB04I" : "TDB04W", ...common };
    case "delete":
      return { event: "db.delete", code: success ? "TDB05I" : "TDB05W", ...common };
  }
}

function tokenEvent(act: ResourceAct, common: Common): NewEvent {
  const { success } = common;
  switch (act) {
    case "create":
      return { event: "join_token.create", code: success ? "TJT00I" : "TJT00W", ...common };
    case "update":
      return { event: "join_token.update", code: success ? "PJT02I" : "PJT02W", ...common };
    case "delete":
      return { event: "join_token.delete", code: success ? "PJT01I" : "PJT01W", ...common };
  }
}

function lockEvent(act: ResourceAct, common: Common): NewEvent {
  const { success } = common;
  switch (act) {
    case "create":
      return { event: "lock.created", code: success ? "TLK00I" : "TLK00W", ...common };
    case "update":
      return { event: "lock.updated", code: success ? "PLK02I" : "PLK02W", ...common };
    case "delete":
      return { event: "lock.deleted", code: success ? "TLK01I" : "TLK01W", ...common };
  }
}
