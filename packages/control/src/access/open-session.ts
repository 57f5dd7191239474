/**
 * Decides whether a client may connect, and opens its session: the one way to an IAM token. What is decided and what is
 * recorded of it are one commit, so that no session and no refusal goes without its event.
 */
import type { OpenSessionRequest, OpenSessionResponse } from "@postern/core/api/host";
import { createId } from "@postern/core/id";
import { type Attempt, transact } from "@postern/store/update";
import { loadSession, type SessionRecord } from "../audit/session-record.ts";
import type { Call, CallerOf } from "../caller.ts";
import { isCloudFault, recordCloudProblem } from "../health/cloud-problem.ts";
import { allowAnswer, allowWrites, createRecord } from "./allow.ts";
import { type Denial, deny } from "./denial.ts";
import { denyAnswer, denyWrites } from "./deny.ts";
import { type Allowed, type Denied, judge } from "./judge.ts";
import { loginsPerSecond } from "./login-rate.ts";
import type { AuthorizeDeps, Opening } from "./opening.ts";
import { sessionIdFrom } from "./session-id.ts";

/**
 * Answers allow or deny; a denial is an answer and no Fault. A request that is sent again (same host, same idempotency
 * key) gets the same session, decided anew, and counts no second use.
 *
 * @throws StoreError where the store can't be read or written: then nothing is allowed
 */
export async function openSession(
  deps: AuthorizeDeps,
  call: Call<CallerOf<"host">>,
  request: OpenSessionRequest,
): Promise<OpenSessionResponse> {
  const sid = sessionIdFrom(call.caller.hostId, request.idempotency_key);
  const decisionId = createId("decision", deps.clock(), deps.random);
  const opening: Opening = { deps, call, request, sid, decisionId };
  return await transact(deps.store, async () => await attempt(opening));
}

/** Reads everything afresh: where somebody else was faster (a use counted, a login session ended), it is run again. */
async function attempt(opening: Opening): Promise<Attempt<OpenSessionResponse>> {
  const { deps, call, request, sid } = opening;
  const verdict = await judge(deps, call.caller.hostId, request);
  if (verdict.type === "deny") return refuse(opening, verdict);
  const before = (await loadSession(deps.store, sid))?.record;
  const denial = before === undefined ? spent(verdict) : unlikeBefore(opening, verdict, before);
  if (denial !== undefined) return refuse(opening, denied(verdict, denial, before !== undefined));
  return await admit(opening, verdict, before);
}

function refuse(opening: Opening, denied: Denied): Attempt<OpenSessionResponse> {
  return { writes: denyWrites(opening, denied), result: denyAnswer(opening, denied.denial) };
}

function denied({ credential, access }: Allowed, denial: Denial, byHost = false): Denied {
  return { type: "deny", denial, credential, database: access.database, byHost };
}

/** Every use of a database token opens one session. */
function spent({ credential }: Allowed): Denial | undefined {
  if (credential.grant.uses_left !== 0) return undefined;
  const hint = "`postern db token` makes a new one";
  return deny("28000", "the database token has been used up", hint, [
    `${credential.grant.grant_id} has no uses left`,
  ]);
}

/** A key that is used for two connections would give one of them the other's session. */
function unlikeBefore(
  { request }: Opening,
  { credential }: Allowed,
  { session }: SessionRecord,
): Denial | undefined {
  const { db_user, db_name, client_addr } = request;
  const same =
    session.grant_id === credential.grant.grant_id &&
    session.db_user === db_user &&
    session.db_name === db_name &&
    session.client_addr === client_addr;
  if (same && session.ended_at === undefined) return undefined;
  const reason = same ? "the session has ended" : "the idempotency key was used for another connection";
  return deny("28000", "the session can't be opened twice", "connect again", [reason]);
}

/** Signs first: a session that is recorded has its token. The one that was signed is kept, should the commit be retried. */
async function admit(
  opening: Opening,
  verdict: Allowed,
  before: SessionRecord | undefined,
): Promise<Attempt<OpenSessionResponse>> {
  const token = await signToken(opening, verdict);
  if (token.type === "deny") return refuse(opening, denied(verdict, token));
  const record = before ?? createRecord(opening, verdict);
  const writes = before === undefined ? await allowWrites(opening, verdict, record) : [];
  return { writes, result: allowAnswer(verdict, record, token.token) };
}

async function signToken(
  { deps, decisionId }: Opening,
  { access }: Allowed,
): Promise<{ readonly type: "token"; readonly token: string } | Denial> {
  try {
    const result = await deps.iamTokens.tokenFor(deps, access);
    if (result.type === "token") return { type: "token", token: result.token.token };
    const hint =
      "try again in a second: Aurora itself takes 200 new IAM logins a second, and no more may reach it";
    return deny("53300", `too many new logins at this database, beyond ${loginsPerSecond} a second`, hint, [
      "the cluster's token bucket is empty",
    ]);
  } catch (error) {
    if (!isCloudFault(error)) throw error;
    await recordCloudProblem(deps, error, decisionId);
    const hint =
      "tell an administrator the decision id: the reason is in the audit log and the control plane's health";
    return deny(
      "08006",
      "the control plane could not get a login for the database",
      hint,
      cloudReasons(error),
    );
  }
}

function cloudReasons({
  code,
  message,
  data,
}: {
  code: string;
  message: string;
  data: { hint?: string | undefined };
}) {
  return [`${code}: ${message}`, ...(data.hint === undefined ? [] : [data.hint])];
}
