import { createClient } from "@postern/client/client";
import { exportProofKey, generateProofKey, type ProofKey } from "@postern/client/proof";
import type { LoginResponse } from "@postern/core/api/identity";
import { TotpCode } from "@postern/core/credential/totp";
import type { Command } from "commander";
import { UsageError } from "../failure.ts";
import { withCode } from "../input/code.ts";
import { type PasswordOptions, readPassword } from "../input/password.ts";
import { example, parseBy, withFormat, withServer } from "../options.ts";
import { writeJson, writeLine } from "../output/write.ts";
import { checkAuthorities, fingerprint } from "../profile/host-authority.ts";
import { loadServer, saveLogin } from "../profile/profile.ts";
import { type ServerOptions, serverUrl } from "../session.ts";

export function addLoginCommand(program: Command): void {
  const login = withServer(program.command("login"))
    .description("log in; nothing else asks for a password until the login is over")
    .option("--user <name>", "who logs in")
    .option("--password-stdin", "read the password from the first line of standard input")
    .option(
      "--otp <code>",
      "the second factor's code, if you have one; asked for at a terminal",
      parseBy(TotpCode),
    )
    .action(logIn);
  example(withFormat(login), "postern login --proxy=localhost:3080 --user=alice");
}

type LoginOptions = ServerOptions & PasswordOptions & { user?: string; otp?: string; format: string };

async function logIn(options: LoginOptions): Promise<void> {
  const { url, user } = whoAndWhere(options);
  const password = await readPassword(`Password of ${user}`, options);
  const key = await generateProofKey();
  const client = createClient({ url, key });
  const answer = await withCode(options.otp, (otp) =>
    client.call("login", { body: { user, password, ...(otp !== undefined && { otp }) } }),
  );
  await remember(url, answer, key);
  if (options.format === "json") return writeJson(facts(url, answer));
  writeLine(`logged in to ${answer.cluster_name} as ${answer.user} until ${answer.expires_at}`);
}

function whoAndWhere(options: LoginOptions): { url: string; user: string } {
  const url = serverUrl(options);
  if (url === undefined) throw new UsageError("which server? use --proxy=HOST:PORT");
  const user = options.user ?? loadServer(url)?.login?.user;
  if (user === undefined) throw new UsageError("who logs in? use --user=NAME");
  return { url, user };
}

async function remember(url: string, answer: LoginResponse, proofKey: ProofKey): Promise<void> {
  const { user, login_session, access_token, expires_at, host_ca } = answer;
  checkAuthorities(url, loadServer(url)?.host_ca ?? [], host_ca);
  const key = await exportProofKey(proofKey);
  saveLogin(url, { host_ca, login: { user, login_session, access_token, expires_at, key } });
}

function facts(url: string, { cluster_name, user, roles, expires_at, host_ca }: LoginResponse): object {
  return {
    proxy: url,
    cluster: cluster_name,
    user,
    roles,
    valid_until: expires_at,
    host_ca: host_ca.map(fingerprint),
  };
}
