/** On whose behalf something acts that outlives a call: who made a join token, and so bounds what its hosts may do. */
import { Fault } from "@postern/core/fault";
import type { Role } from "@postern/core/resource/role";
import type { CallerOf } from "../caller.ts";
import type { Base } from "../ports.ts";
import { loadHeldRoles } from "../resource/load.ts";
import { loadAccount } from "./account.ts";
import type { Creator } from "./creator-record.ts";

/** @throws Fault `auth.expired` for a user who was deleted a moment ago */
export async function creatorFrom(base: Base, caller: CallerOf<"user" | "admin">): Promise<Creator> {
  if (caller.type === "admin") return { type: "admin", name: caller.name };
  const account = await loadAccount(base, caller.user);
  if (account) return { type: "user", name: caller.user, account: account.id };
  throw new Fault("auth.expired", "the user was deleted");
}

/** The roles that the creator holds now; `"all"` for admins, none for a user who is gone (or a namesake's). */
export async function creatorRoles(base: Base, creator: Creator): Promise<readonly Role[] | "all"> {
  if (creator.type === "admin") return "all";
  const account = await loadAccount(base, creator.name);
  return account?.id === creator.account ? await loadHeldRoles(base, creator.name) : [];
}
