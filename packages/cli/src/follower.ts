/** Follows the audit log over the API, which answers what came late, and what came with it, once more. */
import type { Client } from "@postern/client/client";
import type { RunningStatement } from "@postern/core/api/read";
import type { AuditEvent } from "@postern/core/audit/event";
import { isFault } from "@postern/core/fault";

export interface News {
  readonly events: readonly AuditEvent[];
  readonly running: readonly RunningStatement[];
  /** Whether there is more already. */
  readonly more: boolean;
}

export interface Follower {
  /**
   * What came since the last time; the first time, the newest events that there are. After a failure it goes on where it
   * was. Throws Fault: `resource.changed` where it was away for too long, and then begins anew.
   */
  next(client: Client): Promise<News>;
}

export interface Filter {
  readonly user: string | undefined;
  readonly event: string | undefined;
}

/** Far more than come late. */
const remembered = 100_000;

/** @param lines how many events to begin with */
export function createFollower(filter: Filter, lines: number): Follower {
  const seen = new Set<string>();
  let cursor: string | undefined;
  const isNew = (id: string) => {
    if (seen.has(id)) return false;
    seen.add(id);
    if (seen.size > remembered) seen.delete(seen.values().next().value ?? "");
    return true;
  };
  const begin = async (client: Client): Promise<News> => {
    const page = await client.call("followAudit", { query: {} }); // before the search, so that nothing is between them
    const { events } =
      lines === 0 ? { events: [] } : await client.call("searchAudit", { query: { ...filter, limit: lines } });
    ({ cursor } = page);
    return { events: events.filter(({ uid }) => isNew(uid)), running: [], more: false };
  };
  const goOn = async (client: Client): Promise<News> => {
    const page = await client.call("followAudit", { query: { ...filter, cursor } });
    ({ cursor } = page);
    const events = page.events.filter(({ uid }) => isNew(uid));
    const running = page.running.filter(({ sid, statement_id }) => isNew(`${sid} ${statement_id}`));
    return { events, running, more: page.more };
  };
  return {
    async next(client) {
      try {
        return await (cursor === undefined ? begin(client) : goOn(client));
      } catch (error) {
        if (isFault(error, "resource.changed")) cursor = undefined;
        throw error;
      }
    },
  };
}
