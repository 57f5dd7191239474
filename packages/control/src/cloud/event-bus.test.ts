import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { AuditEvent } from "@postern/core/audit/event";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { createEventBridge } from "./event-bus.ts";

const PutEvents = z.object({
  Entries: z.array(
    z.object({ EventBusName: z.string(), Source: z.string(), DetailType: z.string(), Detail: z.string() }),
  ),
});
type Entry = z.infer<typeof PutEvents>["Entries"][number];

/** An EventBridge that takes what `fails` doesn't say, and remembers each batch. */
async function startEventBridge(fails: (entry: Entry, batch: number) => boolean = () => false) {
  const batches: Entry[][] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const { Entries } = PutEvents.parse(JSON.parse(Buffer.concat(chunks).toString()));
      const results = Entries.map((entry) =>
        fails(entry, batches.length) ? { ErrorCode: "InternalFailure" } : { EventId: "1" },
      );
      batches.push(Entries);
      const failed = results.filter((result) => "ErrorCode" in result).length;
      response.writeHead(200, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify({ FailedEntryCount: failed, Entries: results }));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const client = new EventBridgeClient({
    region: "us-west-1",
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on TCP
    credentials: { accessKeyId: "AKID", secretAccessKey: "secret" },
  });
  return { bus: createEventBridge({ busName: "postern", client }), batches };
}

function event(index: number, more: Partial<AuditEvent> = {}): AuditEvent {
  const uid = `uid-${index}`;
  const envelope = { ei: 0, uid, time: "2026-03-04T10:00:00.000Z", cluster_name: "test" };
  const logout = {
    event: "user.logout",
    code: "PU001I",
    user: "alice",
    login_session: "ls",
    success: true,
  } as const;
  return { ...envelope, ...logout, "addr.remote": "192.0.2.1", ...more } as AuditEvent; // a test's own event
}

const uidsOf = (batches: readonly Entry[][]) =>
  batches.flat().map(({ Detail }) => z.object({ uid: z.string() }).parse(JSON.parse(Detail)).uid);

test("events go in batches of ten, in their order, with what rules match", async () => {
  const { bus, batches } = await startEventBridge();
  await bus.publish(Array.from({ length: 23 }, (_, index) => event(index)));
  expect(batches.map(({ length }) => length)).toEqual([10, 10, 3]);
  expect(uidsOf(batches)).toEqual(Array.from({ length: 23 }, (_, index) => `uid-${index}`));
  expect(batches[0]?.[0]).toMatchObject({
    EventBusName: "postern",
    Source: "postern",
    DetailType: "user.logout",
  });
});

test("entries that failed are sent again, and only those", async () => {
  const { bus, batches } = await startEventBridge(
    (entry, batch) => batch === 0 && entry.Detail.includes("uid-1"),
  );
  await bus.publish([event(0), event(1), event(2)]);
  expect(batches.map((batch) => uidsOf([batch]))).toEqual([["uid-0", "uid-1", "uid-2"], ["uid-1"]]);
});

test("entries that keep failing are a fault, so that the stream comes back to them", async () => {
  const { bus } = await startEventBridge((entry) => entry.Detail.includes("uid-1"));
  await expect(bus.publish([event(0), event(1)])).rejects.toMatchObject({ code: "service.unavailable" });
});

test("batches stay below 256 KB, and an event larger than that is sent as an excerpt", async () => {
  const { bus, batches } = await startEventBridge();
  const large = { login_session: "x".repeat(100_000) };
  await bus.publish([
    event(0, large),
    event(1, large),
    event(2, large),
    event(3, { login_session: "x".repeat(300_000) }),
  ]);
  for (const batch of batches) {
    expect(batch.reduce((sum, { Detail }) => sum + Detail.length, 0)).toBeLessThan(256 * 1024);
  }
  expect(uidsOf(batches)).toEqual(["uid-0", "uid-1", "uid-2", "uid-3"]);
  expect(batches.at(-1)?.at(-1)?.Detail).toContain('"excerpt":true');
});

test("what is no Unicode is replaced: it could make subscribers refuse the event", async () => {
  const { bus, batches } = await startEventBridge();
  await bus.publish([event(0, { login_session: "a\ud800b" })]);
  expect(batches[0]?.[0]?.Detail).toContain("a\ufffdb");
});
