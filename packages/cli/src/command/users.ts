import { createClient } from "@postern/client/client";
import { Fault } from "@postern/core/fault";
import type { Command } from "commander";
import { UsageError } from "../failure.ts";
import { commaList, example, withFormat, withIdentity } from "../options.ts";
import { formatTable, writeJson, writeLine } from "../output.ts";
import { readPassword } from "../password.ts";
import { parseServerUrl } from "../server-url.ts";
import { type AdminOptions, adminClient } from "../session.ts";

export function addUserCommands(program: Command): void {
  const users = program.command("users").description("people's accounts");

  const add = users
    .command("add")
    .argument("<name>")
    .requiredOption("--roles <roles>", "what the user may do: names of roles, with commas", commaList)
    .option("--ttl <duration>", "how long the invite is good", "1h")
    .description("create a user and print a one-time invite URL")
    .action(addUser);
  example(withFormat(withIdentity(add)), "postern users add --roles=access,db alice");

  const accept = users
    .command("accept")
    .argument("<url>", "the invite URL")
    .option("--password-stdin", "read the password from the first line of standard input")
    .description("set the password with an invite")
    .action(acceptInvite);
  example(accept, "postern users accept 'http://localhost:3080/invite#…'");

  const update = users
    .command("update")
    .argument("<name>")
    .requiredOption("--set-roles <roles>", "the roles held from now on, with commas", commaList)
    .description("change what a user may do; new connections see it at once")
    .action(updateUser);
  example(withIdentity(update), "postern users update alice --set-roles=access,db");

  const list = users.command("ls").description("list the users").action(listUsers);
  example(withFormat(withIdentity(list)), "postern users ls");
}

type AddOptions = AdminOptions & { roles: string[]; ttl: string; format: string };

async function addUser(name: string, options: AddOptions): Promise<void> {
  const body = { name, roles: options.roles, ttl: options.ttl };
  const answer = await (await adminClient(options)).call("inviteUser", { body });
  if (options.format === "json") return writeJson(answer);
  writeLine(`user "${name}" has been created; this invite is good once, until ${answer.expires_at}:`);
  writeLine(answer.invite_url);
}

async function updateUser(name: string, options: AdminOptions & { setRoles: string[] }): Promise<void> {
  const client = await adminClient(options);
  const user = await client.call("getResource", { params: { kind: "user", name } });
  if (user.kind !== "user") throw new Fault("internal", `asked for user ${name} and got a ${user.kind}`);
  const resource = { ...user, spec: { ...user.spec, roles: options.setRoles } };
  await client.call("writeResource", { body: { resource, replace: true } });
  writeLine(`user "${name}" has been updated`);
}

async function acceptInvite(url: string, options: { passwordStdin?: boolean }): Promise<void> {
  const invite = URL.canParse(url) ? new URL(url).hash.slice(1) : "";
  if (invite === "") throw new UsageError("expected the whole invite URL, in quotes");
  const client = createClient({ url: parseServerUrl(new URL(url).origin) });
  const password = await readPassword("New password", options);
  const { user } = await client.call("acceptInvite", { body: { invite, password } });
  writeLine(
    `the password of ${user} has been set; now: postern login --proxy=${new URL(url).host} --user=${user}`,
  );
}

async function listUsers(options: AdminOptions & { format: string }): Promise<void> {
  const { resources } = await (await adminClient(options)).call("listResources", {
    params: { kind: "user" },
  });
  const users = resources.filter((each) => each.kind === "user");
  if (options.format === "json") return writeJson(users);
  writeLine(
    formatTable(
      ["User", "Roles"],
      users.map((user) => [user.metadata.name, user.spec.roles.join(", ")]),
    ),
  );
}
