import { type Command, Option } from "commander";
import { commaList, example, withFormat, withIdentity } from "../options.ts";
import { formatTable, writeJson, writeLine } from "../output.ts";
import { loadProfile } from "../profile.ts";
import { type AdminOptions, adminClient } from "../session.ts";

export function addTokenCommands(program: Command): void {
  const tokens = program.command("tokens").description("tokens by which database services join");

  const add = tokens
    .command("add")
    .addOption(new Option("--type <type>", "what may join with it").choices(["db"]).makeOptionMandatory())
    .option("--ttl <duration>", "how long it is good", "30m")
    .option("--uses <count>", "how many hosts may join with it", Number, 1)
    .option("--names <names>", "DNS names and addresses that the hosts' certificates may carry", commaList)
    .description("make a join token")
    .action(addToken);
  example(
    withFormat(withIdentity(add), "help", "text", "json"),
    "postern tokens add --type=db --format=text",
  );

  const list = tokens.command("ls").description("list the join tokens, secrets masked").action(listTokens);
  example(withFormat(withIdentity(list)), "postern tokens ls");

  const remove = tokens
    .command("rm")
    .argument("<token>", "the token, or what `tokens ls` shows of it")
    .description("delete a join token")
    .action(removeToken);
  example(withIdentity(remove), "postern tokens rm 4f1c…");
}

type AddOptions = AdminOptions & { type: "db"; ttl: string; uses: number; names?: string[]; format: string };

async function addToken(options: AddOptions): Promise<void> {
  const { type, ttl, uses, names } = options;
  const body = { type, ttl, uses, ...(names && { names }) };
  const answer = await (await adminClient(options)).call("createToken", { body });
  if (options.format === "json") return writeJson(answer);
  if (options.format === "text") return writeLine(answer.token);
  const proxy = options.proxy ?? loadProfile().current ?? "HOST:PORT";
  writeLine(`This token is good until ${answer.expires}. On the host of the database service:`);
  writeLine(
    `  postern db configure create --token=${answer.token} --proxy=${proxy.replace(/^https?:\/\//, "")} \\`,
  );
  writeLine(
    "    --name=NAME --protocol=postgres --uri=HOST:5432 --aws-region=REGION --output file:///etc/postern.yaml",
  );
}

async function listTokens(options: AdminOptions & { format: string }): Promise<void> {
  const { tokens } = await (await adminClient(options)).call("listTokens", {});
  if (options.format === "json") return writeJson(tokens);
  const rows = tokens.map((each) => [
    each.token,
    each.roles.join(", "),
    String(each.uses),
    each.expires,
    each.created_by,
  ]);
  writeLine(formatTable(["Token", "Roles", "Uses left", "Expires", "Created by"], rows));
}

async function removeToken(token: string, options: AdminOptions): Promise<void> {
  await (await adminClient(options)).call("deleteToken", { params: { token } });
  writeLine("the token has been deleted");
}
