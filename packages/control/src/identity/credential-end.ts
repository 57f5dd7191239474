/** Ends a credential before its time: who gives it up, or may have lost its files, need not wait. */
import { Fault } from "@postern/core/fault";
import { eventWrites, type NewEvent } from "../audit/append.ts";
import type { Call, CallerOf } from "../caller.ts";
import { grantKey } from "../keys.ts";
import type { Base } from "../ports.ts";
import { type Grant, loadGrant } from "./grant.ts";

type UserCall = Call<CallerOf<"user">>;

/**
 * It opens no new session from here on; those that are open go on. Another's credential is as if it weren't there.
 * @throws Fault `resource.missing` for one that never was, or is over
 */
export async function deleteCredential(
  base: Base,
  call: UserCall,
  { grant_id }: { readonly grant_id: string },
): Promise<Record<string, never>> {
  const grant = (await loadGrant(base, grant_id))?.grant;
  if (grant?.user !== call.caller.user) throw missing();
  const result = await base.store.commit([
    { type: "delete", key: grantKey(grant_id), condition: { type: "present" } },
    ...eventWrites(base, [deleteEvent(call, grant)]),
  ]);
  if (result.type === "conflict") throw missing(); // somebody else was faster
  return {};
}

function deleteEvent({ caller, address }: UserCall, grant: Grant): NewEvent {
  const { type, grant_id, database, db_user, db_name } = grant;
  return {
    event: "cert.delete",
    code: "PC001I",
    user: caller.user,
    cert_type: type,
    grant_id,
    db_service: database,
    db_user,
    db_name,
    "addr.remote": address,
    success: true,
  };
}

function missing(): Fault {
  return new Fault("resource.missing", "there is no such credential, or it is over");
}
