/** Passwords as they are kept: one item per user, bound to his account. */
import type { Write } from "@postern/store/port";
import { z } from "zod";
import { passwordKey } from "../keys.ts";
import type { Base } from "../ports.ts";

export const PasswordRecord = z.strictObject({
  account: z.string(),
  /** In PHC format (`password.ts`). */
  hash: z.string(),
});
export type PasswordRecord = z.infer<typeof PasswordRecord>;

/** Undefined for a user who has set none. */
export async function loadPassword(base: Base, user: string): Promise<PasswordRecord | undefined> {
  const item = await base.store.get(passwordKey(user));
  return item && PasswordRecord.parse(item.value);
}

export function passwordWrite(user: string, record: PasswordRecord): Write {
  return { type: "put", key: passwordKey(user), value: record, condition: { type: "none" } };
}
