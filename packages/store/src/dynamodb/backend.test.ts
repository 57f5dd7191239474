/** The SDK over real sockets, against a server that answers as DynamoDB does on its worse days. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import type { Store, Write } from "../port.ts";
import { openDynamoStore } from "./store.ts";

const credentials = { accessKeyId: "test", secretAccessKey: "test" };
const key = { pk: "a", sk: "b" };
const writes: Write[] = [
  { type: "put", key, value: {}, condition: { type: "absent" } },
  { type: "delete", key: { pk: "a", sk: "c" }, condition: { type: "present" } },
];

/** An answer, or `hangUp`: the connection ends without one. */
type Answer = { readonly status: number; readonly body: object } | "hangUp";

const committed: Answer = { status: 200, body: {} };
const failed = (type: string, rest: object = {}, status = 400): Answer => ({
  status,
  body: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: "as scripted", ...rest },
});
const cancelled = (...codes: string[]): Answer =>
  failed("TransactionCanceledException", { CancellationReasons: codes.map((Code) => ({ Code })) });

let server: Server | undefined;
let store: Store | undefined;

afterEach(async () => {
  await store?.close();
  server?.closeAllConnections();
  server?.close();
});

function scriptedServer(answers: readonly Answer[], bodies: string[]): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      bodies.push(Buffer.concat(chunks).toString());
      const answer = answers[Math.min(bodies.length, answers.length) - 1] ?? "hangUp";
      if (answer === "hangUp") {
        request.socket.destroy();
      } else {
        response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.0" });
        response.end(JSON.stringify(answer.body));
      }
    });
  });
}

/** A store whose server gives these answers in turn and then the last one for ever; `bodies` are the requests. */
async function storeAnswered(...answers: Answer[]): Promise<{ store: Store; bodies: string[] }> {
  const bodies: string[] = [];
  server = scriptedServer(answers, bodies).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const config = { endpoint: `http://127.0.0.1:${port}`, region: "local", credentials };
  store = openDynamoStore({ table: "postern", now: () => 1000, config });
  return { store, bodies };
}

const TOKEN = z.object({ ClientRequestToken: z.string().min(1) });

test("a transaction that met another is sent again, the same with the same token", async () => {
  const { store, bodies } = await storeAnswered(
    cancelled("TransactionConflict", "None"),
    cancelled("None", "ThrottlingError"),
    committed,
  );
  expect(await store.commit(writes)).toEqual({ type: "committed" });
  expect(bodies).toHaveLength(3);
  expect(new Set(bodies).size).toBe(1);
});

test("two commits have two tokens, also when they write the same", async () => {
  const { store, bodies } = await storeAnswered(committed);
  await store.commit(writes);
  await store.commit(writes);
  const tokens = bodies.map((body) => TOKEN.parse(JSON.parse(body)).ClientRequestToken);
  expect(new Set(tokens).size).toBe(2);
});

test("a transaction that always meets another is given up as busy", async () => {
  const { store, bodies } = await storeAnswered(cancelled("None", "TransactionConflict"));
  await expect(store.commit(writes)).rejects.toMatchObject({ code: "store.busy" });
  expect(bodies).toHaveLength(12);
});

test("a failed condition decides, also beside a passing reason, and brings the item", async () => {
  const Item = { pk: { S: "a" }, sk: { S: "c" }, v: { S: '{"standing":true}' }, n: { N: "4" } };
  const { store, bodies } = await storeAnswered(
    failed("TransactionCanceledException", {
      CancellationReasons: [{ Code: "TransactionConflict" }, { Code: "ConditionalCheckFailed", Item }],
    }),
  );
  expect(await store.commit(writes)).toEqual({
    type: "conflict",
    index: 1,
    item: { key: { pk: "a", sk: "c" }, value: { standing: true }, version: 4 },
  });
  expect(bodies).toHaveLength(1);
});

test("an expired item that stood there counts as none", async () => {
  const Item = { pk: { S: "a" }, sk: { S: "b" }, v: { S: "{}" }, n: { N: "1" }, e: { N: "1000" } };
  const { store } = await storeAnswered(
    failed("TransactionCanceledException", {
      CancellationReasons: [{ Code: "ConditionalCheckFailed", Item }, { Code: "None" }],
    }),
  );
  expect(await store.commit(writes)).toEqual({ type: "conflict", index: 0 });
});

test("a lost answer is asked for again with the same token", async () => {
  const { store, bodies } = await storeAnswered("hangUp", committed);
  expect(await store.commit(writes)).toEqual({ type: "committed" });
  expect(bodies).toHaveLength(2);
  expect(bodies[0]).toBe(bodies[1]);
});

test.each<[string, Answer]>([
  ["hangs up", "hangUp"],
  ["fails", failed("InternalServerError", {}, 500)],
  ["throttles", failed("ThrottlingException")],
  ["is still at an earlier attempt", failed("TransactionInProgressException")],
])("a server that %s beyond the SDK's retries is unavailable: the outcome is unknown", async (_, answer) => {
  const { store, bodies } = await storeAnswered(answer);
  await expect(store.commit(writes)).rejects.toMatchObject({ code: "store.unavailable" });
  expect(bodies.length).toBeGreaterThan(1);
  expect(new Set(bodies).size).toBe(1);
});

test("reads are unavailable then, too", async () => {
  const { store } = await storeAnswered("hangUp");
  await expect(store.get(key)).rejects.toMatchObject({ code: "store.unavailable" });
  await expect(store.query({ pk: "a", limit: 1 })).rejects.toMatchObject({ code: "store.unavailable" });
});

test.each(["AccessDeniedException", "ResourceNotFoundException", "ValidationException"])(
  "%s is for whoever deployed this, and passes unchanged",
  async (name) => {
    const { store, bodies } = await storeAnswered(failed(name));
    await expect(store.commit(writes)).rejects.toMatchObject({ name });
    await expect(store.get(key)).rejects.toMatchObject({ name });
    expect(bodies).toHaveLength(2);
  },
);

test("a transaction called off for a reason that will not pass is not tried again", async () => {
  const { store, bodies } = await storeAnswered(cancelled("ValidationError", "TransactionConflict"));
  await expect(store.commit(writes)).rejects.toMatchObject({ name: "TransactionCanceledException" });
  expect(bodies).toHaveLength(1);
});

test("an item that something else wrote is refused, not guessed at", async () => {
  const { store } = await storeAnswered({ status: 200, body: { Item: { pk: { S: "a" }, sk: { S: "b" } } } });
  await expect(store.get(key)).rejects.toMatchObject({ code: "store.corrupt" });
});
