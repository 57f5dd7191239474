/** What the first start leaves for a newcomer: the role `db` of the guide's step 4, and the user alice. */
import type { Call, CallerOf } from "@postern/control/caller";
import { acceptInvite } from "@postern/control/identity/accept-invite";
import { inviteUser } from "@postern/control/identity/invite";
import type { Base } from "@postern/control/ports";
import { loadDatabase } from "@postern/control/resource/load";
import { ensurePresets } from "@postern/control/resource/preset";
import { writeResource } from "@postern/control/resource/write";
import { isFault } from "@postern/core/fault";
import type { Role } from "@postern/core/resource/role";

export const demoUser = "alice";
export const demoDatabase = "aurora";

const role: Role = {
  kind: "role",
  version: "v3",
  metadata: { name: "db" },
  spec: { allow: { db_labels: { "*": "*" }, db_names: ["*"], db_users: ["*"] } },
};

export const localAdmin: Call<CallerOf<"admin">> = {
  caller: { type: "admin", name: "local-admin" },
  address: "127.0.0.1",
};

/** May be run again: a start that was killed in the middle is finished by the next. */
export async function createDemo(base: Base, password: string): Promise<void> {
  await ensurePresets(base);
  await unlessExists(writeResource(base, localAdmin, { resource: role, replace: false }));
  const invited = await unlessExists(
    inviteUser(base, localAdmin, { name: demoUser, roles: ["access", "db"], ttl: "1h" }),
  );
  if (!invited) return;
  const invite = new URL(invited.invite_url).hash.slice(1);
  await acceptInvite(base, { caller: { type: "anyone" }, address: localAdmin.address }, { invite, password });
}

async function unlessExists<T>(made: Promise<T>): Promise<T | undefined> {
  try {
    return await made;
  } catch (error) {
    if (isFault(error, "resource.exists")) return undefined;
    throw error;
  }
}

/** The stand-in may listen elsewhere than at its last start; a host can't move a database, an admin can. */
export async function moveDatabase(base: Base, uri: string): Promise<void> {
  const database = await loadDatabase(base, demoDatabase);
  if (!database || database.spec.uri === uri) return;
  const resource = { ...database, spec: { ...database.spec, uri } };
  await writeResource(base, localAdmin, { resource, replace: true });
}
