import { createClient } from "@postern/client/client";
import { TotpCode } from "@postern/core/credential/totp";
import { Fault } from "@postern/core/fault";
import type { User } from "@postern/core/resource/user";
import { Duration } from "@postern/core/time";
import type { Command } from "commander";
import { UsageError } from "../failure.ts";
import { isPasswordGiven, type PasswordOptions, readNewPassword } from "../input/password.ts";
import { askSecondFactor, givenSecondFactor } from "../input/second-factor.ts";
import { example, group, parseBy, parseFullList, parseList, withFormat, withIdentity } from "../options.ts";
import { note, writeJson, writeLine, writeTable } from "../output/write.ts";
import { parseServerUrl } from "../server-url.ts";
import { type AdminOptions, adminSession, loginHint } from "../session.ts";

export function addUserCommands(program: Command): void {
  const users = group(program, "users", "people's accounts");
  example(users, "postern users add --roles=access,db alice", "postern users ls");

  const add = users
    .command("add")
    .argument("<name>")
    .requiredOption("--roles <roles>", "what the user may do: names of roles, with commas", parseFullList)
    .option("--ttl <duration>", "how long the invite is good", parseBy(Duration), "1h")
    .description("create a user and print a one-time invite URL")
    .action(addUser);
  example(withFormat(withIdentity(add)), "postern users add --roles=access,db alice");

  const accept = users
    .command("accept")
    .argument("<url>", "the invite URL")
    .option("--password-stdin", "read the password from the first line of standard input")
    .option(
      "--otp <code>",
      "set up the second factor whose secret POSTERN_OTP_SECRET holds: its code of now",
      parseBy(TotpCode),
    )
    .description("set the password with an invite, and a second factor if wanted")
    .action(acceptInvite);
  example(withFormat(accept), "postern users accept 'http://localhost:3080/invite#…'");

  const update = users
    .command("update")
    .argument("<name>")
    .option("--set-roles <roles>", "the roles held from now on, with commas", parseList)
    .option(
      "--set-db-users <names>",
      "what {{internal.db_users}} in roles stands for, with commas",
      parseList,
    )
    .option(
      "--set-db-names <names>",
      "what {{internal.db_names}} in roles stands for, with commas",
      parseList,
    )
    .description("change what a user may do; new connections see it at once")
    .action(updateUser);
  example(
    withFormat(withIdentity(update)),
    "postern users update alice --set-roles=access,db --set-db-users=alice --set-db-names=postgres",
  );

  const reset = users
    .command("reset")
    .argument("<name>")
    .option("--ttl <duration>", "how long the invite is good", parseBy(Duration), "1h")
    .description("end a user's password and logins, and print an invite URL to set a new one")
    .action(resetUser);
  example(withFormat(withIdentity(reset)), "postern users reset alice");

  const remove = users
    .command("rm")
    .argument("<name>")
    .description("delete a user, with all logins and open sessions")
    .action(removeUser);
  example(withFormat(withIdentity(remove)), "postern users rm alice");

  const list = users.command("ls").description("list the users").action(listUsers);
  example(withFormat(withIdentity(list)), "postern users ls");
}

type AddOptions = AdminOptions & { roles: string[]; ttl: string; format: string };

async function addUser(name: string, { roles, ttl, format, ...options }: AddOptions): Promise<void> {
  const { client } = await adminSession(options);
  const answer = await client.call("inviteUser", { body: { name, roles, ttl } });
  if (format === "json") return writeJson(answer);
  writeLine(`user "${name}" has been created; this invite is good once, until ${answer.expires_at}:`);
  writeLine(answer.invite_url);
}

type AcceptOptions = PasswordOptions & { otp?: string; format: string };

async function acceptInvite(text: string, options: AcceptOptions): Promise<void> {
  const { url, invite } = parseInvite(text);
  const given = givenSecondFactor(options.otp);
  const client = createClient({ url });
  // Before anything is typed: the invite may be over.
  const { user, cluster_name } = await client.call("describeInvite", { body: { invite } });
  const password = await readNewPassword(options);
  const otp = given ?? (isPasswordGiven(options) ? undefined : await askSecondFactor(user, cluster_name));
  await client.call("acceptInvite", { body: { invite, password, ...(otp && { otp: { ...otp } }) } });
  if (options.format === "json") return writeJson({ proxy: url, user });
  writeLine(`the password of ${user} has been set`);
  note(`now: ${loginHint(url, user)}`);
}

/** Never quoted in an error: the fragment is a secret. */
function parseInvite(text: string): { url: string; invite: string } {
  const { origin, hash } = URL.canParse(text) ? new URL(text) : { origin: "", hash: "" };
  if (hash.length > 1) return { url: parseServerUrl(origin), invite: hash.slice(1) };
  throw new UsageError("expected the whole invite URL, in quotes");
}

type UpdateOptions = AdminOptions & {
  setRoles?: string[];
  setDbUsers?: string[];
  setDbNames?: string[];
  format: string;
};

async function updateUser(name: string, options: UpdateOptions): Promise<void> {
  if (!options.setRoles && !options.setDbUsers && !options.setDbNames)
    throw new UsageError("what is to be changed? use --set-roles, --set-db-users or --set-db-names");
  const { client } = await adminSession(options);
  const user = await client.call("getResource", { params: { kind: "user", name } });
  if (user.kind !== "user") throw new Fault("internal", `asked for user ${name} and got a ${user.kind}`);
  const resource = { ...user, spec: updatedSpec(user, options) };
  const body = { resource, replace: true, unchanged_from: user };
  const written = await client.call("writeResource", { body });
  if (options.format === "json") writeJson(written.resource);
  else writeLine(`user "${name}" has been updated`);
}

function updatedSpec({ spec }: User, { setRoles, setDbUsers, setDbNames }: UpdateOptions): User["spec"] {
  const traits = {
    ...spec.traits,
    ...(setDbUsers && { db_users: setDbUsers }),
    ...(setDbNames && { db_names: setDbNames }),
  };
  return { ...spec, roles: setRoles ?? spec.roles, ...((setDbUsers ?? setDbNames) && { traits }) };
}

type ResetOptions = AdminOptions & { ttl: string; format: string };

async function resetUser(name: string, { ttl, format, ...options }: ResetOptions): Promise<void> {
  const { client } = await adminSession(options);
  const answer = await client.call("resetUser", { params: { name }, body: { ttl } });
  if (format === "json") return writeJson(answer);
  writeLine(`user "${name}" has been reset: the password and all logins are over`);
  writeLine(`this invite is good once, until ${answer.expires_at}:`);
  writeLine(answer.invite_url);
}

async function removeUser(
  name: string,
  { format, ...options }: AdminOptions & { format: string },
): Promise<void> {
  const { client } = await adminSession(options);
  await client.call("deleteResource", { params: { kind: "user", name } });
  if (format === "json") writeJson({ kind: "user", name });
  else writeLine(`user "${name}" has been deleted`);
}

async function listUsers({ format, ...options }: AdminOptions & { format: string }): Promise<void> {
  const { client } = await adminSession(options);
  const { resources } = await client.call("listResources", { params: { kind: "user" } });
  const users = resources.filter((each) => each.kind === "user");
  if (format === "json") return writeJson(users);
  const rows = users.map(({ metadata, spec }) => [metadata.name, spec.roles.join(", "), spec.status ?? ""]);
  writeTable({ header: ["User", "Roles", "Status"], rows, flexible: ["Roles"] });
}
