import { createClient } from "@postern/client/client";
import { exportProofKey, generateProofKey } from "@postern/client/proof";
import type { Command } from "commander";
import { UsageError } from "../failure.ts";
import { type PasswordOptions, readPassword } from "../input/password.ts";
import { example, withFormat, withServer } from "../options.ts";
import { writeJson, writeLine } from "../output/write.ts";
import { checkAuthorities, fingerprint } from "../profile/host-authority.ts";
import { loadServer, saveLogin } from "../profile/profile.ts";
import { type ServerOptions, serverUrl } from "../session.ts";

export function addLoginCommand(program: Command): void {
  const login = withServer(program.command("login"))
    .description("log in; nothing else asks for a password until the login is over")
    .option("--user <name>", "who logs in")
    .option("--password-stdin", "read the password from the first line of standard input")
    .option("--otp <code>", "the second factor's code")
    .action(logIn);
  example(withFormat(login), "postern login --proxy=localhost:3080 --user=alice");
}

type LoginOptions = ServerOptions & PasswordOptions & { user?: string; otp?: string; format: string };

async function logIn(options: LoginOptions): Promise<void> {
  const url = serverUrl(options);
  if (url === undefined) throw new UsageError("which server? use --proxy=HOST:PORT");
  const known = loadServer(url);
  const user = options.user ?? known?.login?.user;
  if (user === undefined) throw new UsageError("who logs in? use --user=NAME");
  const password = await readPassword(`Password of ${user}`, options);
  const key = await generateProofKey();
  const otp = options.otp === undefined ? {} : { otp: options.otp };
  const answer = await createClient({ url, key }).call("login", { body: { user, password, ...otp } });
  const { login_session, access_token, expires_at, cluster_name, roles, host_ca } = answer;
  checkAuthorities(url, known?.host_ca ?? [], host_ca);
  const login = {
    user: answer.user,
    login_session,
    access_token,
    expires_at,
    key: await exportProofKey(key),
  };
  saveLogin(url, { host_ca, login });
  if (options.format === "text")
    return writeLine(`logged in to ${cluster_name} as ${answer.user} until ${expires_at}`);
  const authorities = host_ca.map(fingerprint);
  const valid_until = expires_at;
  writeJson({
    proxy: url,
    cluster: cluster_name,
    user: answer.user,
    roles,
    valid_until,
    host_ca: authorities,
  });
}
