/** Why a session that had been let in is ended. */
import { SQLSTATE } from "@postern/wire/sqlstate";
import type { Words } from "./words.ts";

export type Ending =
  | { readonly type: "access_ended"; readonly reason: string }
  | { readonly type: "idle_too_long"; readonly afterMs: number }
  | { readonly type: "proxy_stopping" }
  | { readonly type: "audit_unavailable" };

export function endingWords(ending: Ending): Words {
  switch (ending.type) {
    case "access_ended":
      return {
        code: SQLSTATE.admin_shutdown,
        message: `terminating connection: ${ending.reason}`,
        hint: "`postern status` shows whether you are logged in, `postern login` logs in again, `postern db ls` shows what is allowed",
      };
    case "idle_too_long":
      return {
        code: SQLSTATE.idle_session_timeout,
        message: `terminating connection: it was idle for ${formatSpan(ending.afterMs)}`,
        hint: "connect again; how long a session may be idle is set by `client_idle_timeout` in your roles",
      };
    case "proxy_stopping":
      return {
        code: SQLSTATE.admin_shutdown,
        message: "terminating connection: the proxy is stopping",
        hint: "connect again: another one, or the one that takes its place, serves the database",
      };
    case "audit_unavailable":
      return {
        code: SQLSTATE.internal_error,
        message: "terminating connection: its statements can't be recorded any more",
        hint: "tell an administrator: the reason is in the proxy's log",
      };
  }
}

/** As roles have it: `90s`, `1h30m`. */
function formatSpan(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  const parts = [
    [Math.floor(seconds / 3_600), "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ] as const;
  return parts.map(([count, unit]) => (count > 0 ? `${count}${unit}` : "")).join("");
}
