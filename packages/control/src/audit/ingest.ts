/** Takes a host's records of a session that it opened: each chunk once, in order, none silently lost. */

import { createHash } from "node:crypto";
import type { IngestRequest, IngestResponse } from "@postern/core/api/host";
import { recordLimits } from "@postern/core/audit/record";
import { Fault } from "@postern/core/fault";
import { hour } from "@postern/core/time";
import type { Write } from "@postern/store/port";
import { type Attempt, transact } from "@postern/store/update";
import type { Call, CallerOf } from "../caller.ts";
import { linkKey } from "../keys.ts";
import type { Base } from "../ports.ts";
import { recordEvent } from "./append.ts";
import { appendLink, parseLink } from "./chain.ts";
import { joinRecords } from "./join-records.ts";
import { sessionEndWrites } from "./session-end.ts";
import { isRunning, type SessionProgress } from "./session-progress.ts";
import { loadSession, type SessionRecord } from "./session-record.ts";
import { type LoadedTail, loadTail, tailWrites } from "./tail.ts";

/** What may run at once in one session; more than any client that reads its replies ever sends. */
const maxOpenStatements = 10_000;
const maxOpenBytes = 16_000_000;
/** Of begins: were their host lost, one commit would have to hold their events, each hour's apart (`chain.ts`). */
const maxOpenHours = 24;

/**
 * Stores chunk `chunk` of the session. A chunk sent again is answered the same and changes nothing.
 *
 * @throws Fault `access.denied` for another host's session, audited; `resource.changed` where chunks before this one
 *   are missing (`issues` says which is expected) or this one was stored with other records; `input.invalid` for
 *   records that can't be true or are too many at once. None of them is better when it is tried again.
 */
export async function ingestAudit(
  base: Base,
  call: Call<CallerOf<"host">>,
  request: IngestRequest,
): Promise<IngestResponse> {
  assertSize(request);
  const digest = createHash("sha256").update(JSON.stringify(request.records)).digest("hex");
  await transact(base.store, async () => await attemptIngest(base, call, request, digest));
  return { sid: request.sid, chunk: request.chunk };
}

function assertSize({ records }: IngestRequest): void {
  if (Buffer.byteLength(JSON.stringify(records)) > recordLimits.chunkBytes) {
    throw new Fault("input.invalid", `a chunk's records have at most ${recordLimits.chunkBytes} bytes`);
  }
}

async function attemptIngest(
  base: Base,
  call: Call<CallerOf<"host">>,
  request: IngestRequest,
  digest: string,
): Promise<Attempt<void>> {
  const session = await loadSession(base.store, request.sid);
  if (session?.record.session.host_id !== call.caller.hostId)
    return await refuseHost(base, call, request.sid);
  const tail = await loadTail(base.store, request.sid);
  if (tail === undefined) throw new Error(`session ${request.sid} has no tail`);
  const link = request.chunk + 1;
  if (link < tail.next_link) {
    await assertSame(base, request, digest);
    return { writes: [], result: undefined };
  }
  if (link > tail.next_link) throw missingChunk(tail.next_link - 1);
  return { writes: await chunkWrites(base, session.record, tail, request, digest), result: undefined };
}

async function chunkWrites(
  base: Base,
  record: SessionRecord,
  tail: LoadedTail,
  { records }: IngestRequest,
  digest: string,
): Promise<Write[]> {
  const { store, clock, config } = base;
  const { facts, session, decision_id, login_policy: policy } = record;
  const context = {
    facts,
    clusterName: config.clusterName,
    login: { decision_id, policy },
    started_at: session.started_at,
    now: clock(),
  };
  const { progress, events } = joinRecords(context, tail.progress, records);
  assertOpen(progress);
  const place = { link: tail.next_link, prev: tail.hash, records_sha256: digest };
  const running = isRunning(progress);
  const { hash, writes } = await appendLink(store, { facts, ...place, events, running, now: context.now });
  const next = { next_link: tail.next_link + 1, hash, progress };
  const end = events.find((event) => event.event === "db.session.end");
  return [
    ...writes,
    ...(await tailWrites(store, session.sid, next, tail)),
    ...(end === undefined ? [] : sessionEndWrites(record, end)),
  ];
}

function assertOpen({ open }: SessionProgress): void {
  const bytes = open.reduce((sum, { begin }) => sum + Buffer.byteLength(JSON.stringify(begin)), 0);
  const hours = new Set(open.map(({ begin }) => Math.floor(begin.time / hour)));
  if (open.length > maxOpenStatements || bytes > maxOpenBytes || hours.size > maxOpenHours) {
    throw new Fault("input.invalid", "too many statements of the session run at once");
  }
}

/** A host that sends other records under a number that was taken would lose them if it were told that all is well. */
async function assertSame({ store }: Base, { sid, chunk }: IngestRequest, digest: string): Promise<void> {
  const item = await store.get(linkKey(sid, chunk + 1));
  const stored = item && parseLink(item).records_sha256;
  if (stored === null) throw new Fault("input.invalid", "the session was ended when its host was lost");
  if (stored !== digest) {
    throw new Fault("resource.changed", `chunk ${chunk} of the session was stored with other records`);
  }
}

function missingChunk(expected: number): Fault {
  const message = `chunk ${expected} of the session is expected next`;
  return new Fault("resource.changed", message, {
    issues: [{ path: "chunk", message: `expected ${expected}` }],
  });
}

/** Says nothing of whether the session exists. */
async function refuseHost(
  base: Base,
  { caller, address }: Call<CallerOf<"host">>,
  sid: string,
): Promise<never> {
  const message = "this host has opened no such session";
  await recordEvent(base, {
    event: "host.refused",
    code: "PH001W",
    host_id: caller.hostId,
    action: "audit.ingest",
    sid,
    "addr.remote": address,
    success: false,
    error: message,
  });
  throw new Fault("access.denied", message);
}
