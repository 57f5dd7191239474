import { openSession } from "@postern/control/access/open-session";
import type { AuthorizeDeps } from "@postern/control/access/opening";
import type { Handlers } from "../handlers.ts";

/** Decides about connections: may sign in to databases. */
export const authorizeHandlers: Handlers<"authorize", AuthorizeDeps> = { openSession };
