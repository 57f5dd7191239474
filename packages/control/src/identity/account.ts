/**
 * What tells one user from a later one of the same name: an id made with the user and deleted with him. Passwords,
 * invites and login sessions carry it, so that nothing of a deleted user's is good for his namesake.
 */
import { createUlid } from "@postern/core/id";
import type { Item, Key, Write } from "@postern/store/port";
import { unchanged } from "@postern/store/update";
import { z } from "zod";
import { accountKey, loginAttemptsKey, passwordKey, secondFactorKey } from "../keys.ts";
import type { Base } from "../ports.ts";

export const Account = z.strictObject({
  id: z.string(),
  /** Made anew with each reset: what was given out for logging in before it is good for nothing. */
  reset: z.string().optional(),
});
export type Account = z.infer<typeof Account>;

/** What passwords, invites and login sessions carry: theirs must be the account's of now. */
export function loginStamp({ id, reset }: Account): string {
  return reset ?? id;
}

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

/** To go into the commit that ends the user's logins: his password, second factor, invites and login sessions. */
export function accountReset(
  { clock, random }: Base,
  user: string,
  item: Item,
): { account: Account; writes: Write[] } {
  const account = { ...Account.parse(item.value), reset: createUlid(clock(), random) };
  return {
    account,
    writes: [
      { type: "put", key: item.key, value: account, condition: unchanged(item) },
      ...deletions(loginKeys(user)),
    ],
  };
}

/** To go into the commit that deletes the user. */
export function accountDeletion(user: string): Write[] {
  return deletions([accountKey(user), ...loginKeys(user)]);
}

/** What a user logs in by. */
function loginKeys(user: string): Key[] {
  return [passwordKey(user), secondFactorKey(user), loginAttemptsKey(user)];
}

function deletions(keys: readonly Key[]): Write[] {
  return keys.map((key) => ({ type: "delete", key, condition: { type: "none" } }));
}
