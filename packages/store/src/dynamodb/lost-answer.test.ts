/** The network loses DynamoDB's answer to a commit that was applied: the commit still happens once, and is known to. */
import { once } from "node:events";
import { createServer, request as httpRequest, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Emulator, emulatorProgram, startEmulator } from "../test-support/emulator.ts";
import { openDynamoStore } from "./store.ts";
import { createTable } from "./table.ts";

const table = "postern";

/** Hands requests on to the emulator, and hangs up instead of giving the first `losses` answers to transactions. */
function lossyServer(endpoint: string, losses: number): Server {
  let lost = 0;
  return createServer((request, response) => {
    const onwards = httpRequest(endpoint, { method: "POST", headers: request.headers }, (answer) => {
      if (String(request.headers["x-amz-target"]).endsWith("TransactWriteItems") && lost < losses) {
        lost += 1;
        answer.resume().on("end", () => request.socket.destroy());
      } else {
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(response);
      }
    });
    request.pipe(onwards);
  });
}

describe.skipIf(emulatorProgram() === undefined)(
  "with the emulator (LEFT OUT where it is not installed)",
  () => {
    let emulator: Emulator | undefined;
    beforeAll(async () => {
      emulator = await startEmulator();
      await createTable(emulator.config, table);
    });
    afterAll(async () => await emulator?.stop());

    test.each([1, 2])(
      "a commit whose answer is lost %i times is applied once and acknowledged",
      async (losses) => {
        const server = lossyServer(emulator?.endpoint ?? "", losses).listen(0, "127.0.0.1");
        await once(server, "listening");
        const { port } = z.object({ port: z.number() }).parse(server.address());
        const config = { ...emulator?.config, endpoint: `http://127.0.0.1:${port}` };
        const store = openDynamoStore({ table, now: Date.now, config });
        const key = { pk: "lost", sk: String(losses) };

        const result = await store.commit([
          { type: "put", key, value: { once: true }, condition: { type: "absent" } },
        ]);

        expect(result).toEqual({ type: "committed" });
        expect(await store.get(key)).toEqual({ key, value: { once: true }, version: 1 });
        await store.close();
        server.closeAllConnections();
        server.close();
      },
    );
  },
);
