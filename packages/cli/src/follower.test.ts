import type { Client } from "@postern/client/client";
import type { AuditFollowPage } from "@postern/core/api/read";
import type { AuditEvent } from "@postern/core/audit/event";
import { Fault } from "@postern/core/fault";
import { expect, test } from "vitest";
import { createFollower } from "./follower.ts";

const event = (uid: string): AuditEvent => ({
  event: "user.logout",
  code: "PU001I",
  ei: 0,
  uid,
  time: "2026-03-04T10:00:00.000Z",
  cluster_name: "test",
  user: "alice",
  login_session: "ls_1",
  "addr.remote": "192.0.2.1",
  success: true,
});

const statement = {
  sid: "s",
  statement_id: "1",
  time: "2026-03-04T10:00:00.000Z",
  user: "alice",
  db_service: "aurora",
  db_user: "alice",
  db_name: "postgres",
  db_query: "vacuum",
};

/** A server that answers these, one after the other; the search answers `old`. */
function createServer(answers: (Partial<AuditFollowPage> | Fault)[]) {
  const asked: unknown[] = [];
  const call = async (name: string, { query }: { query: { cursor?: string } }) => {
    if (name === "searchAudit") return { events: [event("old")] };
    asked.push(query.cursor);
    const answer = answers.shift() ?? {};
    if (answer instanceof Fault) throw answer;
    return { events: [], running: [], more: false, cursor: String(asked.length), ...answer };
  };
  return { client: { call } as unknown as Client, asked }; // two rows of it are all that is called
}

const uidsOf = ({ events }: { events: readonly AuditEvent[] }) => events.map(({ uid }) => uid);
const everything = { user: undefined, event: undefined };

test("each event and each running statement is told once, from the newest on", async () => {
  const { client, asked } = createServer([
    {},
    { events: [event("old"), event("a")], running: [statement] },
    { events: [event("a"), event("b")], running: [statement], more: true },
  ]);
  const follower = createFollower(everything, 10);
  expect(uidsOf(await follower.next(client))).toEqual(["old"]);
  const second = await follower.next(client);
  expect([uidsOf(second), second.running]).toEqual([["a"], [statement]]);
  expect(await follower.next(client)).toEqual({ events: [event("b")], running: [], more: true });
  expect(asked).toEqual([undefined, "1", "2"]);
});

test("after a failure it goes on where it was; after too long an absence, anew", async () => {
  const { client, asked } = createServer([
    {},
    new Fault("service.unavailable", "away"),
    {},
    new Fault("resource.changed", "gone"),
    {},
  ]);
  const follower = createFollower(everything, 0);
  await follower.next(client);
  await expect(follower.next(client)).rejects.toMatchObject({ code: "service.unavailable" });
  await follower.next(client);
  await expect(follower.next(client)).rejects.toMatchObject({ code: "resource.changed" });
  await follower.next(client);
  expect(asked).toEqual([undefined, "1", "1", "3", undefined]);
});
