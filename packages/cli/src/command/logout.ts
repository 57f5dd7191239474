import { Fault, isFault } from "@postern/core/fault";
import type { Command } from "commander";
import { removeCredentials } from "../credential/files.ts";
import { example, withFormat, withServer } from "../options.ts";
import { writeJson, writeLine } from "../output/write.ts";
import { forgetLogin, loadServer } from "../profile/profile.ts";
import { type ServerOptions, serverUrl, userSession } from "../session.ts";

export function addLogoutCommand(program: Command): void {
  const logout = program
    .command("logout")
    .description("end the login and every database session that it opened")
    .action(logOut);
  example(withFormat(withServer(logout)), "postern logout");
}

/** The login's key, and the files that hang on it, are forgotten whatever the server says: whoever logs out leaves nothing behind. */
async function logOut(options: ServerOptions & { format: string }): Promise<void> {
  const url = serverUrl(options);
  const login = url === undefined ? undefined : loadServer(url)?.login;
  if (url !== undefined && login) {
    try {
      await endLogin(options);
    } finally {
      removeCredentials(url);
      forgetLogin(url, login.login_session);
    }
  }
  if (options.format === "json") writeJson({ proxy: url ?? null, user: login?.user ?? null });
  else writeLine(login ? "logged out" : "not logged in");
}

async function endLogin(options: ServerOptions): Promise<void> {
  try {
    const { client } = await userSession(options);
    await client.call("logout", { body: {} });
  } catch (error) {
    if (isFault(error, "auth.expired", "auth.invalid")) return; // it is over already
    if (!isFault(error)) throw error;
    throw new Fault(error.code, `logged out here alone: ${error.message}`, {
      hint: "database sessions that are open go on; the login that opened them ends by itself",
    });
  }
}
