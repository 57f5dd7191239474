/**
 * A user's second factor: the secret that his authenticator app has, too. It is kept sealed with his password, so it
 * can be asked only once the password is known to be right; a new password, which takes an invite, makes it anew.
 */
import { TotpSecret, totpPeriodOf } from "@postern/core/credential/totp";
import { Fault } from "@postern/core/fault";
import type { Item, Write } from "@postern/store/port";
import { unchanged } from "@postern/store/update";
import { z } from "zod";
import { secondFactorKey } from "../keys.ts";
import type { Base } from "../ports.ts";
import { Sealed, seal, unseal } from "./sealed.ts";

const SecondFactor = z.strictObject({
  /** As passwords have it: the account that it is for. */
  account: z.string(),
  secret: Sealed,
  /** Of the last code that was taken: none is taken twice, nor one before it (RFC 6238, section 5.2). */
  last_period: z.int(),
});

/** Whose it is, and the password that opens it. */
export interface Owner {
  readonly user: string;
  /** The account's login stamp. */
  readonly account: string;
  readonly password: string;
}

/**
 * The write that gives the user this second factor.
 * @throws Fault `input.invalid` for a code that isn't the secret's of now
 */
export async function createSecondFactor(
  { clock, random }: Base,
  owner: Owner,
  { secret, code }: { readonly secret: string; readonly code: string },
): Promise<Write> {
  const period = totpPeriodOf(secret, code, clock());
  if (period === undefined) throw unconfirmed();
  const sealed = await seal(secret, { password: owner.password, context: contextOf(owner), random });
  return {
    type: "put",
    key: secondFactorKey(owner.user),
    value: { account: owner.account, secret: sealed, last_period: period },
    condition: { type: "none" },
  };
}

export function secondFactorDeletion(user: string): Write {
  return { type: "delete", key: secondFactorKey(user), condition: { type: "none" } };
}

/**
 * Checks the code of a user whose password is right.
 * @returns the write by which the code is spent: of two who use it at once one succeeds. Undefined for a user without a
 *   second factor.
 * @throws Fault `auth.second_factor` where a code is needed, `auth.invalid` for one that is wrong or was used, or
 *   `input.invalid` for one where there is nothing to check it by
 */
export async function checkSecondFactor(
  base: Base,
  owner: Owner,
  code: string | undefined,
): Promise<Write | undefined> {
  const item = await base.store.get(secondFactorKey(owner.user));
  if (item === undefined) {
    if (code === undefined) return undefined;
    throw new Fault("input.invalid", "this user has no second factor: leave out the code");
  }
  if (code === undefined) throw codeNeeded();
  return await spendCode(base, owner, code, item);
}

async function spendCode(base: Base, owner: Owner, code: string, item: Item): Promise<Write> {
  const { account, secret: sealed, last_period } = SecondFactor.parse(item.value);
  if (account !== owner.account) throw wrongCode();
  const secret = TotpSecret.parse(
    await unseal(sealed, { password: owner.password, context: contextOf(owner) }),
  );
  const period = totpPeriodOf(secret, code, base.clock());
  if (period === undefined || period <= last_period) throw wrongCode();
  const value = { account, secret: sealed, last_period: period };
  return { type: "put", key: item.key, value, condition: unchanged(item) };
}

/** Nobody's else, nor a namesake's. */
function contextOf({ user, account }: Owner): string {
  return JSON.stringify(["second factor", user, account]);
}

function codeNeeded(): Fault {
  return new Fault("auth.second_factor", "the code of the second factor is needed, too", {
    hint: "your authenticator app shows it: six digits (`--otp`)",
  });
}

/** Told to those who know the password. */
export function wrongCode(): Fault {
  return new Fault("auth.invalid", "the code is wrong, or was used before", {
    hint: "wait for the next one; is the clock of the device right?",
  });
}

function unconfirmed(): Fault {
  const message = "the code isn't the one of now: is the clock of the device right?";
  return new Fault("input.invalid", "the second factor could not be set up", {
    issues: [{ path: "otp.code", message }],
  });
}
