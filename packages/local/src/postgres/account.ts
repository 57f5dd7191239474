/** PostgreSQL refuses to run as root. Whoever starts Postern as root gets a server that runs as `nobody`. */
import { execFileSync } from "node:child_process";
import { chown } from "node:fs/promises";
import { Fault } from "@postern/core/fault";

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** The account that runs PostgreSQL's programs; null: the one that runs this process. */
export function serverAccount(): Account | null {
  if (process.getuid?.() !== 0) return null;
  return { uid: idOfNobody("-u"), gid: idOfNobody("-g") };
}

/** `id` exists wherever there are users; the number of `nobody` differs between systems. */
function idOfNobody(flag: "-u" | "-g"): number {
  try {
    return Number.parseInt(execFileSync("id", [flag, "nobody"], { encoding: "utf8", stdio: "pipe" }), 10);
  } catch (cause) {
    throw new Fault(
      "service.unavailable",
      "PostgreSQL doesn't run as root, and there is no user `nobody` to run it",
      { hint: "start Postern as an ordinary user" },
      cause,
    );
  }
}

/** Hands a file or folder to the account. Call it only for names inside a folder that the account can't write to: no link can be planted there. */
export async function giveTo(account: Account | null, path: string): Promise<void> {
  if (account !== null) await chown(path, account.uid, account.gid);
}
