/** Prompts as psql's default ones: `%/%R%x%# `. */
import type { TransactionStatus } from "@postern/wire/messages/backend/ready-for-query";
import type { Open } from "../sql/scanner.ts";

const openSigns: Record<Open, string> = {
  none: "=",
  statement: "-",
  string: "'",
  identifier: '"',
  dollar: "$",
  comment: "*",
  parenthesis: "(",
};

const statusSigns: Record<TransactionStatus, string> = { idle: "", transaction: "*", failed: "!" };

/** `postgres=> `, `postgres-> ` in a statement, `postgres=*> ` in a transaction; `#` for a superuser. */
export function prompt(dbName: string, open: Open, status: TransactionStatus, isSuperuser: boolean): string {
  return `${dbName}${openSigns[open]}${statusSigns[status]}${isSuperuser ? "#" : ">"} `;
}
