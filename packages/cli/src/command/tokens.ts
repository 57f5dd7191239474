import { Duration } from "@postern/core/time";
import { type Command, Option } from "commander";
import { example, group, parseBy, parseCount, parseFullList, withFormat, withIdentity } from "../options.ts";
import { writeJson, writeLine, writeTable } from "../output/write.ts";
import { type AdminOptions, adminSession } from "../session.ts";

export function addTokenCommands(program: Command): void {
  const tokens = group(program, "tokens", "tokens by which database services join");
  example(tokens, "postern tokens add --type=db", "postern tokens ls");

  const add = tokens
    .command("add")
    .addOption(new Option("--type <type>", "what may join with it").choices(["db"]).makeOptionMandatory())
    .option("--ttl <duration>", "how long it is good", parseBy(Duration), "30m")
    .option("--uses <count>", "how many hosts may join with it", parseCount, 1)
    .option(
      "--names <names>",
      "DNS names and addresses that the hosts' certificates may carry",
      parseFullList,
    )
    .description("make a join token")
    .action(addToken);
  example(
    withFormat(withIdentity(add), "command", "text", "json"),
    "postern tokens add --type=db --format=text",
  );

  const list = tokens.command("ls").description("list the join tokens, secrets masked").action(listTokens);
  example(withFormat(withIdentity(list)), "postern tokens ls");

  const remove = tokens
    .command("rm")
    .argument("<token>", "the token, or what `postern tokens ls` shows of it")
    .description("delete a join token")
    .action(removeToken);
  example(withFormat(withIdentity(remove)), "postern tokens rm 4f1c…");
}

type AddOptions = AdminOptions & { type: "db"; ttl: string; uses: number; names?: string[]; format: string };

async function addToken({ type, ttl, uses, names, format, ...options }: AddOptions): Promise<void> {
  const { client, url } = await adminSession(options);
  const body = { type, ttl, uses, ...(names && { names }) };
  const answer = await client.call("createToken", { body });
  if (format === "json") return writeJson(answer);
  if (format === "text") return writeLine(answer.token);
  writeLine(`This token is good until ${answer.expires}. On the host of the database service:`);
  writeLine(`  postern db configure create --token=${answer.token} --proxy=${new URL(url).host} \\`);
  writeLine(
    "    --name=NAME --protocol=postgres --uri=HOST:5432 --aws-region=REGION --output file:///etc/postern.yaml",
  );
}

async function listTokens({ format, ...options }: AdminOptions & { format: string }): Promise<void> {
  const { client } = await adminSession(options);
  const { tokens } = await client.call("listTokens", {});
  if (format === "json") return writeJson(tokens);
  const rows = tokens.map((each) => [
    each.token,
    each.join_method,
    each.roles.join(", "),
    each.uses === null ? "any" : String(each.uses),
    each.expires ?? "never",
    each.created_by,
  ]);
  writeTable({ header: ["Token", "Method", "Roles", "Uses left", "Expires", "Created by"], rows });
}

async function removeToken(
  token: string,
  { format, ...options }: AdminOptions & { format: string },
): Promise<void> {
  const { client } = await adminSession(options);
  await client.call("deleteToken", { params: { token: nameOf(token) } });
  if (format === "json") writeJson({ deleted: true });
  else writeLine("the token has been deleted");
}

/** A whole secret stays here: an address lands in logs, and its first characters name it, as the list shows them. */
function nameOf(token: string): string {
  return /^[0-9a-f]{32}$/.test(token) ? token.slice(0, 8) : token.replace(/(?:…|\.\.\.)$/, "");
}
