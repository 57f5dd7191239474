/** What a newcomer is told once everything answers: what to type next, and last the line that starts with `ready`. */
import { defaultDataDir, type Options } from "./options.ts";
import type { Running } from "./runtime/local.ts";

export function printReady(running: Running, options: Options): void {
  const lines = options.format === "json" ? [readyJson(running)] : readyText(running, options);
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
}

function readyJson({ http, pg, user, password }: Running): string {
  return JSON.stringify({ ready: true, http, pg, user, password });
}

export function readyText(
  { http, pg, user, password }: Pick<Running, "http" | "pg" | "user" | "password">,
  { dataDir }: Pick<Options, "dataDir">,
): string[] {
  const target = `--db-user=${user} --db-name=postgres aurora`;
  // Reading the audit log takes the local admin's identity, which the CLI finds by itself only in the checkout.
  const admin = dataDir === defaultDataDir ? "" : ` --data-dir=${quote(dataDir)}`;
  return [
    "",
    "In another terminal, in this folder:",
    "",
    `  POSTERN_PASSWORD=${quote(password)} npx postern login --proxy=${new URL(http).host} --user=${user}`,
    "  npx postern db ls",
    `  npx postern db query ${target} "select title, price from books order by price desc limit 5"`,
    `  npx postern db connect ${target}`,
    `  npx postern audit ls --since 1h${admin}`,
    "",
    `Or in a browser: ${http}`,
    "",
    `The demo user is ${user}, the password ${password}; Ctrl-C here stops everything.`,
    "",
    `ready: control plane ${http}, PostgreSQL proxy ${pg}`,
  ];
}

/** For a shell: nothing in it means anything. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
