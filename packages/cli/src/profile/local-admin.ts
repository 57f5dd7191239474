/** The identity that `npm start` leaves in its data folder for admin commands on the same machine. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { readPrivateFile } from "./private-file.ts";
import { PrivateJwk } from "./profile.ts";

const LocalAdmin = z.strictObject({ url: z.string(), access_token: z.string(), key: PrivateJwk });
export type LocalAdmin = z.infer<typeof LocalAdmin>;

const checkout = fileURLToPath(new URL("../../../../", import.meta.url));

/**
 * Undefined where there is none, or where it is another user's: then the login is used.
 * @param dataDir the data folder of `npm start`; without it, the checkout's
 */
export function findLocalAdmin(dataDir: string | undefined): LocalAdmin | undefined {
  const text = readIfOurs(join(dataDir ?? join(checkout, ".postern"), "admin.json"));
  return text === undefined ? undefined : LocalAdmin.parse(JSON.parse(text));
}

function readIfOurs(file: string): string | undefined {
  try {
    return readPrivateFile(file);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EACCES") return undefined;
    throw error;
  }
}
