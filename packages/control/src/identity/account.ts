/**
 * What tells one user from a later one of the same name: an id made with the user and deleted with him. Passwords,
 * invites and login sessions carry it, so that nothing of a deleted user's is good for his namesake.
 */
import { createUlid } from "@postern/core/id";
import type { Write } from "@postern/store/port";
import { z } from "zod";
import { accountKey, loginAttemptsKey, passwordKey } from "../keys.ts";
import type { Base } from "../ports.ts";

export const Account = z.strictObject({ id: z.string() });
export type Account = z.infer<typeof Account>;

/** Undefined where no such user exists. */
export async function loadAccount(base: Base, user: string): Promise<Account | undefined> {
  const item = await base.store.get(accountKey(user));
  return item && Account.parse(item.value);
}

/** To go into the commit that creates the user. */
export function accountCreation({ clock, random }: Base, user: string): { account: Account; write: Write } {
  const account = { id: createUlid(clock(), random) };
  return {
    account,
    write: { type: "put", key: accountKey(user), value: account, condition: { type: "absent" } },
  };
}

/** To go into the commit that deletes the user. */
export function accountDeletion(user: string): Write[] {
  return [accountKey(user), passwordKey(user), loginAttemptsKey(user)].map((key) => ({
    type: "delete",
    key,
    condition: { type: "none" },
  }));
}
