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
  const { relay, session, inspector } = build(opened, deps);
  const cancelKey = deps.cancels.register(session, request.startup.version.minor >= 2 ? "long" : "short");
  request.opening.session = session;
  const stopTimer = whenTimeComes(access.ends_at, deps.now, () =>
    session.endAccess("the session's time is over"),
  );
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
    stopTimer();
    deps.cancels.unregister(cancelKey);
  }
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
  return { relay, inspector, session: new LiveSession({ access, relay, queue, journal, cancelUpstream }) };
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
