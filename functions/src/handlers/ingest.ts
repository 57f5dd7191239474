import { ingestAudit } from "@postern/control/audit/ingest";
import type { Base } from "@postern/control/ports";
import type { Handlers } from "../handlers.ts";

/** Appends to the audit log: may read no more of it than the session at hand. */
export const ingestHandlers: Handlers<"ingest", Base> = { ingestAudit };
