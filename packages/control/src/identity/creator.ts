/** On whose behalf something acts that outlives a call: who made a join token, and so bounds what its hosts may do. */
import type { Role } from "@postern/core/resource/role";
import { z } from "zod";
import type { CallerOf } from "../caller.ts";
import type { Base } from "../ports.ts";
import { loadHeldRoles } from "../resource/load.ts";
import { loadAccount } from "./account.ts";

export const Creator = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("user"), name: z.string(), account: z.string() }),
  /** An operator, or the local admin. Not a user's name, even where they read alike. */
  z.strictObject({ type: z.literal("admin"), name: z.string() }),
]);
export type Creator = z.infer<typeof Creator>;

/** Undefined for a user who was deleted a moment ago. */
export async function creatorFrom(
  base: Base,
  caller: CallerOf<"user" | "admin">,
): Promise<Creator | undefined> {
  if (caller.type === "admin") return { type: "admin", name: caller.name };
  const account = await loadAccount(base, caller.user);
  return account && { type: "user", name: caller.user, account: account.id };
}

/** The roles that the creator holds now; `"all"` for admins, none for a user who is gone (or a namesake's). */
export async function creatorRoles(base: Base, creator: Creator): Promise<readonly Role[] | "all"> {
  if (creator.type === "admin") return "all";
  const account = await loadAccount(base, creator.name);
  return account?.id === creator.account ? await loadHeldRoles(base, creator.name) : [];
}
