/** Why a session that had been let in is ended. */
import { SQLSTATE } from "@postern/wire/sqlstate";
import type { Words } from "./words.ts";

export type Ending =
  | { readonly type: "access_ended"; readonly reason: string }
  | { readonly type: "proxy_stopping" }
  | { readonly type: "audit_unavailable" };

export function endingWords(ending: Ending): Words {
  switch (ending.type) {
    case "access_ended":
      return {
        code: SQLSTATE.admin_shutdown,
        message: `terminating connection: ${ending.reason}`,
        hint: "`postern status` shows the login session, `postern db ls` what is allowed",
      };
    case "proxy_stopping":
      return {
        code: SQLSTATE.admin_shutdown,
        message: "terminating connection: the proxy is stopping",
        hint: "connect again",
      };
    case "audit_unavailable":
      return {
        code: SQLSTATE.internal_error,
        message: "terminating connection: its statements can't be recorded any more",
        hint: "an administrator finds the reason in the proxy's log",
      };
  }
}
