import { AuditInspector } from "../audit/audit-inspector.ts";
import type { AllowedAccess } from "../authorize/allowed-access.ts";
import { forwardCancel } from "../cancel/forward.ts";
import { chain } from "../inspect/chain.ts";
import { FastPathInspector } from "../inspect/fast-path.ts";
import { OrderInspector } from "../inspect/order.ts";
import { Relay } from "../relay/relay.ts";
import { ReplyQueue } from "../relay/reply-queue.ts";
import { Settings } from "../relay/settings.ts";
import type { Upstream } from "../upstream/connect.ts";
import { whenTimeComes } from "./ends-at.ts";
import { greet } from "./greet.ts";
import { whenIdle } from "./idle.ts";
import { LiveSession } from "./live-session.ts";
import type { SessionRecords } from "./records.ts";
import type { ServedRequest, SessionDeps } from "./session.ts";

export interface OpenedSession {
  readonly access: AllowedAccess;
  readonly records: SessionRecords;
  readonly request: ServedRequest;
  readonly upstream: Upstream;
}

/** Lets the client in and relays until the end, which it records. */
export async function relaySession(opened: OpenedSession, deps: SessionDeps): Promise<void> {
  const { access, records, request, upstream } = opened;
  request.opening.assertStands(access);
  const { relay, session, inspector, queue } = build(opened, deps);
  const cancelKey = deps.cancels.register(session, request.startup.version.minor >= 2 ? "long" : "short");
  request.opening.session = session;
  const stopTimers = startTimers(opened, session, queue, deps);
  try {
    recordConnected(opened);
    greet(request.stream, upstream.greeting, cancelKey);
    const end = await relay.run();
    if (end.cause !== undefined) deps.log.error({ sid: access.sid, err: end.cause }, "session failed");
    inspector.finish();
    records.end(end);
  } catch (error) {
    upstream.stream.destroy();
    throw error;
  } finally {
    stopTimers();
    deps.cancels.unregister(cancelKey);
  }
}

/** What ends a session by itself. @returns what stops them */
function startTimers(
  { access, records }: OpenedSession,
  session: LiveSession,
  queue: ReplyQueue,
  { now, elapsed }: SessionDeps,
): () => void {
  const { ends_at, idle_timeout_ms } = access;
  const stops = [
    whenTimeComes(ends_at, now, () => session.endAccess("the login, or the role that allows it, has ended")),
  ];
  if (idle_timeout_ms !== undefined) {
    const { tally } = records;
    stops.push(whenIdle({ queue, tally }, idle_timeout_ms, elapsed, () => session.endIdle(idle_timeout_ms)));
  }
  return () => stops.forEach((stop) => stop());
}

function build({ access, records, request, upstream }: OpenedSession, deps: SessionDeps) {
  const { journal, tally } = records;
  const queue = new ReplyQueue();
  const settings = new Settings(upstream.greeting.settings);
  const inspector = new AuditInspector({
    journal,
    ownTexts: deps.ownTexts,
    isSkipping: () => queue.isSkipping,
    // Settings are told when what changed them is answered.
    isPlainSql: () => queue.isIdle && settings.isPlainSql,
  });
  const relay = new Relay({
    client: request.stream,
    server: upstream.stream,
    clientUnread: request.unread,
    serverUnread: upstream.greeting.unread,
    inspector: chain([new OrderInspector(queue), new FastPathInspector(journal, queue), inspector]),
    queue,
    settings,
    journal,
    tally,
    room: deps.spool,
  });
  const { cancelKey } = upstream.greeting;
  const cancelUpstream = async (): Promise<void> => {
    if (cancelKey) await forwardCancel(access, cancelKey, deps.upstream);
  };
  const session = new LiveSession({ access, relay, queue, journal, cancelUpstream });
  return { relay, inspector, queue, session };
}

/** The client's application_name, as it gave it: a hint at what it is, no more. */
const longestUserAgent = 200;

function recordConnected({ records, request, upstream }: OpenedSession): void {
  const { settings, cancelKey } = upstream.greeting;
  const version = settings.get("server_version");
  const agent = request.settings.get("application_name");
  records.journal.connected({
    ...(cancelKey && cancelKey.processId >= 0 && { postgres_pid: cancelKey.processId }),
    ...(version !== undefined && { server_version: version.slice(0, 100) }),
    ...(agent && { user_agent: agent.slice(0, longestUserAgent).toWellFormed() }),
  });
  records.journal.flush();
}
