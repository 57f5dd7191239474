import { followAudit } from "@postern/control/audit/follow";
import { getRecording, listRecordings } from "@postern/control/audit/recording";
import { searchAudit } from "@postern/control/audit/search";
import { getChanges } from "@postern/control/changes/read";
import { listDatabases } from "@postern/control/database/list";
import { getHealth } from "@postern/control/health/get";
import type { Base } from "@postern/control/ports";
import type { Handlers } from "../handlers.ts";
import { openapiDocument } from "../openapi.ts";

/** Shows what there is: writes nothing. */
export const readHandlers: Handlers<"read", Base> = {
  listDatabases,
  getChanges,
  searchAudit,
  followAudit,
  listRecordings,
  getRecording,
  getHealth,
  getOpenapi: async ({ config }) => ({ ...openapiDocument(config) }),
};
