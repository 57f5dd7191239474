/** Passwords as they are kept: one item per user, bound to his account. */
import type { Item, Put, Write } from "@postern/store/port";
import { z } from "zod";
import { passwordKey } from "../keys.ts";
import type { Base } from "../ports.ts";

export const PasswordRecord = z.strictObject({
  account: z.string(),
  /** In PHC format (`password.ts`). */
  hash: z.string(),
});
export type PasswordRecord = z.infer<typeof PasswordRecord>;

/** The record and its item, for a write that depends on it. Undefined for a user who has set no password. */
export async function loadPassword(
  base: Base,
  user: string,
): Promise<{ readonly record: PasswordRecord; readonly item: Item } | undefined> {
  const item = await base.store.get(passwordKey(user));
  return item && { record: PasswordRecord.parse(item.value), item };
}

export function passwordWrite(user: string, record: PasswordRecord, condition: Put["condition"]): Write {
  return { type: "put", key: passwordKey(user), value: record, condition };
}
