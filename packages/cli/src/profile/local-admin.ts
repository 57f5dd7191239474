/** The identity that `npm start` leaves in its data folder for admin commands on the same machine. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { systemCode } from "../system-error.ts";
import { readPrivateJson } from "./private-file.ts";
import { PrivateJwk } from "./profile.ts";

const LocalAdmin = z.strictObject({ url: z.string(), access_token: z.string(), key: PrivateJwk });
export type LocalAdmin = z.infer<typeof LocalAdmin>;

const checkout = fileURLToPath(new URL("../../../../", import.meta.url));

/**
 * Undefined where there is none, or where it is another user's: then the login is used. Throws Fault `input.invalid`
 * for a file that isn't safe or ours.
 * @param dataDir the data folder of `npm start`; without it, the checkout's
 */
export function findLocalAdmin(dataDir: string | undefined): LocalAdmin | undefined {
  const file = join(dataDir ?? join(checkout, ".postern"), "admin.json");
  try {
    return readPrivateJson(file, LocalAdmin, "`npm start` writes it anew");
  } catch (error) {
    if (systemCode(error) === "EACCES") return undefined;
    throw error;
  }
}
