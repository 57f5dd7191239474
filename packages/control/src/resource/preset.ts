/** The roles that every deployment starts with. */
import { presetRoles } from "@postern/core/resource/preset";
import { eventWrites } from "../audit/append.ts";
import type { Call } from "../caller.ts";
import { resourceKey } from "../keys.ts";
import type { Base } from "../ports.ts";
import { toValue } from "../value.ts";
import { changeEvent, type Writer } from "./event.ts";

/** Not a caller: the deployment itself. */
const deployment: Call<Writer> = { caller: { type: "admin", name: "postern" }, address: "" };

/** Creates the preset roles that don't exist. One that an admin has changed stays as it is; to be run at the start. */
export async function ensurePresets(base: Base): Promise<void> {
  for (const role of presetRoles) {
    const { name } = role.metadata;
    const event = changeEvent(deployment, "create", { kind: "role", name }, { success: true });
    // Where the role exists the commit is a conflict, and that is all right.
    await base.store.commit([
      {
        type: "put",
        key: resourceKey("role", name),
        value: toValue(role),
        condition: { type: "absent" },
      },
      ...eventWrites(base, [event]),
    ]);
  }
}
