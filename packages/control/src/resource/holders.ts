/** Who holds a role, and how it is taken from them. */
import { Fault } from "@postern/core/fault";
import type { User } from "@postern/core/resource/user";
import type { Write } from "@postern/store/port";
import { eventWrites } from "../audit/append.ts";
import type { Call } from "../caller.ts";
import { resourceKey } from "../keys.ts";
import type { Base } from "../ports.ts";
import { toValue } from "../value.ts";
import { changeEvent, type Writer } from "./event.ts";
import { loadAll, loadStored, type Stored } from "./load.ts";

/** A commit holds 100 writes, and each holder takes three: the user, and the event's two. */
const maxHolders = 30;

/**
 * The writes that take the role from everybody who holds it, each with its event: a role that is made later under the
 * same name must give nobody anything.
 * @throws Fault `limit.exceeded` where too many hold it for one commit
 */
export async function takeFromHolders(base: Base, call: Call<Writer>, role: string): Promise<Write[]> {
  const holders = await loadHolders(base, role);
  if (holders.length > maxHolders) {
    throw new Fault("limit.exceeded", `the role \`${role}\` is held by ${holders.length} users`, {
      hint: `take it from all but ${maxHolders} of them first: \`postern users update NAME --set-roles=…\``,
    });
  }
  return holders.flatMap((holder) => takeWrites(base, call, holder, role));
}

/** Each read again by itself, for the version that the write depends on. */
async function loadHolders(base: Base, role: string): Promise<Stored<User>[]> {
  const users = (await loadAll(base, "user")).filter(({ spec }) => spec.roles.includes(role));
  const stored = await Promise.all(users.map(({ metadata }) => loadStored(base, "user", metadata.name)));
  return stored
    .filter((user) => user !== undefined)
    .filter(({ resource }) => resource.spec.roles.includes(role));
}

function takeWrites(
  base: Base,
  call: Call<Writer>,
  { resource, version }: Stored<User>,
  role: string,
): Write[] {
  const { name } = resource.metadata;
  const roles = resource.spec.roles.filter((held) => held !== role);
  const user = { ...resource, spec: { ...resource.spec, roles } };
  const event = changeEvent(call, "update", { kind: "user", name, roles }, { success: true });
  return [
    {
      type: "put",
      key: resourceKey("user", name),
      value: toValue(user),
      condition: { type: "version", version },
    },
    ...eventWrites(base, [event]),
  ];
}
