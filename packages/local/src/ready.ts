/** What a newcomer is told once everything answers: what to type next, and last the line that starts with `ready`. */
import type { Options } from "./options.ts";
import type { Running } from "./runtime/local.ts";

export function printReady(running: Running, options: Options): void {
  if (options.format === "json") {
    const { http, pg, user, password } = running;
    process.stdout.write(`${JSON.stringify({ ready: true, http, pg, user, password })}\n`);
    return;
  }
  for (const line of [...nextSteps(running), ready(running)]) process.stdout.write(`${line}\n`);
}

function nextSteps({ http, user, password }: Running): string[] {
  const target = `--db-user=${user} --db-name=postgres aurora`;
  return [
    "",
    "In another terminal, in this folder:",
    "",
    `  POSTERN_PASSWORD='${password}' npx postern login --proxy=${new URL(http).host} --user=${user}`,
    "  npx postern db ls",
    `  npx postern db query ${target} "select title, price from books order by price desc limit 5"`,
    `  npx postern db connect ${target}`,
    "  npx postern audit ls --since 1h",
    "",
    `The demo user is ${user}, the password ${password}; Ctrl-C here stops everything.`,
    "",
  ];
}

function ready({ http, pg }: Running): string {
  return `ready: control plane ${http}, PostgreSQL proxy ${pg}`;
}
