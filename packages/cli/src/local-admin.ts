/** The identity that `npm start` leaves in its data folder for admin commands on the same machine. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const LocalAdmin = z.strictObject({
  url: z.string(),
  access_token: z.string(),
  key: z.looseObject({ kty: z.literal("EC") }),
});
export type LocalAdmin = z.infer<typeof LocalAdmin>;

const checkout = fileURLToPath(new URL("../../../", import.meta.url));

/** Undefined where there is none, or where it may not be read: then the login is used. */
export function findLocalAdmin(dataDir: string | undefined): LocalAdmin | undefined {
  const file = join(dataDir ?? join(checkout, ".postern"), "admin.json");
  if (!existsSync(file)) return undefined;
  try {
    return LocalAdmin.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}
