import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeTableCommand, DescribeTimeToLiveCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { describe, expect, test } from "vitest";
import { emulatorProgram, startEmulator } from "../test-support/emulator.ts";
import { openDynamoStore } from "./store.ts";
import { createTable } from "./table.ts";

describe.skipIf(emulatorProgram() === undefined)(
  "with the emulator (LEFT OUT where it is not installed)",
  () => {
    test("the table has its keys, a stream of both images and a ttl, and is made once", async () => {
      const emulator = await startEmulator();
      await createTable(emulator.config, "postern");
      await createTable(emulator.config, "postern");
      const client = new DynamoDBClient(emulator.config);
      const { Table } = await client.send(new DescribeTableCommand({ TableName: "postern" }));
      const { TimeToLiveDescription } = await client.send(
        new DescribeTimeToLiveCommand({ TableName: "postern" }),
      );
      expect(Table).toMatchObject({
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "sk", KeyType: "RANGE" },
        ],
        StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
      });
      expect(TimeToLiveDescription).toMatchObject({ AttributeName: "ttl", TimeToLiveStatus: "ENABLED" });
      client.destroy();
      await emulator.stop();
      await emulator.stop();
    });

    test("an emulator with a file keeps what was committed when it stops", async () => {
      const folder = mkdtempSync(join(tmpdir(), "postern-dynamodb-"));
      const dataPath = join(folder, "tables.db");
      const key = { pk: "a", sk: "b" };
      const first = await startEmulator({ dataPath });
      await createTable(first.config, "postern");
      const before = openDynamoStore({ table: "postern", now: Date.now, config: first.config });
      await before.commit([{ type: "put", key, value: { kept: true }, condition: { type: "absent" } }]);
      await before.close();
      await first.stop();

      const second = await startEmulator({ dataPath });
      await createTable(second.config, "postern");
      const after = openDynamoStore({ table: "postern", now: Date.now, config: second.config });
      expect(await after.get(key)).toEqual({ key, value: { kept: true }, version: 1 });
      await after.close();
      await second.stop();
      rmSync(folder, { recursive: true });
    });
  },
);
