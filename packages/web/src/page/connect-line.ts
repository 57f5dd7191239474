/** What to type to connect to a database, with the database user that suits best. */
import type { DatabaseList } from "@postern/core/api/read";

type Target = Pick<DatabaseList["databases"][number], "name" | "allowed_users">;

/** @param user who asks: many databases name their users after people */
export function connectLine({ name, allowed_users }: Target, user: string): string {
  return `postern db connect --db-user=${databaseUser(allowed_users, user)} --db-name=postgres ${name}`;
}

/** Among the allowed ones himself, or else the first that is a plain name; a word to be replaced where none is. */
function databaseUser(allowedUsers: string, user: string): string {
  const allowed = /^\[(.*?)\]/.exec(allowedUsers)?.[1]?.split(" ") ?? [];
  const excepted = /except: \[(.*)\]$/.exec(allowedUsers)?.[1]?.split(" ") ?? [];
  const isOwn = (allowed.includes(user) || allowed.includes("*")) && !excepted.includes(user);
  return [...(isOwn ? [user] : []), ...allowed].find((each) => /^[\w.-]+$/.test(each)) ?? "USER";
}
