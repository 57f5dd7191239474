/** The same use cases over DynamoDB, through the AWS SDK: its transactions, limits and races are not SQLite's. */
import { second } from "@postern/core/time";
import { openDynamoStore } from "@postern/store/dynamodb/store";
import { createTable } from "@postern/store/dynamodb/table";
import { emulatorProgram, startEmulator } from "@postern/store/test-support/emulator";
import { describe, expect, onTestFinished, test } from "vitest";
import { openSession } from "../access/open-session.ts";
import { certificateFor, createScene, openAllowed, requestWith, tokenFor } from "../access/test-support.ts";
import { admin } from "../identity/test-support.ts";
import { recordEvent } from "./append.ts";
import { followAudit } from "./follow.ts";
import { ingestAudit } from "./ingest.ts";
import { getRecording } from "./recording.ts";
import { searchAudit } from "./search.ts";
import { begin, end, outcome } from "./test-support.ts";

async function createDynamoScene() {
  const emulator = await startEmulator();
  onTestFinished(async () => await emulator.stop());
  await createTable(emulator.config, "postern");
  return await createScene((now) => openDynamoStore({ table: "postern", now, config: emulator.config }));
}

describe.skipIf(emulatorProgram() === undefined)("over DynamoDB", () => {
  test("a token's last use opens one session of many that ask at once", async () => {
    const scene = await createDynamoScene();
    const credential = await tokenFor(scene);
    await openAllowed(scene, requestWith(credential));
    await openAllowed(scene, requestWith(credential));
    const requests = Array.from({ length: 10 }, () => requestWith(credential));
    const responses = await Promise.all(
      requests.map(async (request) => await openSession(scene.deps, scene.host, request)),
    );
    expect(responses.filter(({ decision }) => decision === "allow")).toHaveLength(1);
  });

  test("sessions of one certificate open at once, as a pool's do", async () => {
    const scene = await createDynamoScene();
    const credential = await certificateFor(scene);
    const opened = await Promise.all(
      Array.from({ length: 16 }, async () => await openAllowed(scene, requestWith(credential))),
    );
    expect(new Set(opened.map(({ sid }) => sid)).size).toBe(16);
  });

  test("who follows the log while many write sees each event", async () => {
    const { deps } = await createDynamoScene();
    let { cursor } = await followAudit(deps, admin, {});
    const event = { event: "user.logout", code: "PU001I", user: "bob", success: true } as const;
    const facts = { login_session: "ls_1", "addr.remote": "192.0.2.1" };
    const write = async () => await recordEvent(deps, { ...event, ...facts });
    const uids = new Set<string>();
    for (let round = 0; round < 5; round += 1) {
      const written = Promise.all(Array.from({ length: 20 }, write));
      deps.advance(second);
      const page = await followAudit(deps, admin, { cursor, event: "user.logout" });
      await written;
      for (const { uid } of page.events) uids.add(uid);
      ({ cursor } = page);
    }
    deps.advance(second);
    const { events } = await followAudit(deps, admin, { cursor, event: "user.logout" });
    for (const { uid } of events) uids.add(uid);
    expect(uids.size).toBe(100);
  });

  test("statements of a megabyte are stored once, found and replayed", async () => {
    const scene = await createDynamoScene();
    const { deps, host } = scene;
    const { sid } = await openAllowed(scene, requestWith(await certificateFor(scene)));
    const text = Array.from({ length: 80_000 }, () => Math.random().toString(36).slice(2))
      .join("")
      .slice(0, 800_000);
    const records = [begin(1, text), outcome(1, 1), begin(2, text.slice(1), { protocol: "extended" })];
    await Promise.all([0, 0, 0].map(async (chunk) => await ingestAudit(deps, host, { sid, chunk, records })));
    await ingestAudit(deps, host, { sid, chunk: 1, records: [outcome(2, 2), end(3)] });
    const { events } = await getRecording(deps, admin, { sid });
    expect(events.map(({ ei }) => ei)).toEqual([0, 1, 2, 3]);
    expect(events.slice(1, 3)).toMatchObject([{ db_query: text }, { db_query: text.slice(1) }]);
    const found = await searchAudit(deps, admin, { limit: 10, event: "db.session.query" });
    expect(found.events).toHaveLength(2);
  });
});
