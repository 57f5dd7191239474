/** What the first start leaves for a newcomer: the role `db` of the guide's step 4, and the user alice. */
import type { Call, CallerOf } from "@postern/control/caller";
import { acceptInvite } from "@postern/control/identity/accept-invite";
import { inviteUser } from "@postern/control/identity/invite";
import type { Base } from "@postern/control/ports";
import { deleteResource } from "@postern/control/resource/delete";
import { loadUser } from "@postern/control/resource/load";
import { writeResource } from "@postern/control/resource/write";
import type { Role } from "@postern/core/resource/role";
import type { Key } from "@postern/store/port";
import { demoUser } from "./settings.ts";

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

/** That the demo was made in this store: what somebody removes of it stays removed. */
const demoKey: Key = { pk: "local", sk: "demo" };

/** Once; a start that was killed in the middle is finished by the next. */
export async function createDemo(base: Base, password: string): Promise<void> {
  if (await base.store.get(demoKey)) return;
  await writeResource(base, localAdmin, { resource: role, replace: true });
  // Without her password, which only her invite could set, she would be of no use.
  if (await loadUser(base, demoUser))
    await deleteResource(base, localAdmin, { kind: "user", name: demoUser });
  await createUser(base, password);
  await base.store.commit([{ type: "put", key: demoKey, value: {}, condition: { type: "none" } }]);
}

async function createUser(base: Base, password: string): Promise<void> {
  const user = { name: demoUser, roles: ["access", "db"], ttl: "1h" };
  const { invite_url } = await inviteUser(base, localAdmin, user);
  const invite = new URL(invite_url).hash.slice(1);
  await acceptInvite(base, { caller: { type: "anyone" }, address: localAdmin.address }, { invite, password });
}
