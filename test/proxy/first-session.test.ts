import { afterAll, beforeAll, expect, test } from "vitest";
import { psql } from "./support/psql.ts";
import { type Database, endedRecords, type Stage, stageFor, startDatabase } from "./support/stage.ts";

let database: Database;
let stage: Stage;

beforeAll(async () => {
  database = await startDatabase();
  stage = await stageFor(database);
});

afterAll(async () => {
  await stage?.stop();
  await database?.stop();
});

test("psql with a certificate runs a query through the proxy, and its records reach the control plane", async () => {
  const result = await psql(stage, ["-c", "select 40 + 2"]);
  expect(result).toEqual({ code: 0, stdout: "42\n", stderr: "" });
  const records = await endedRecords(stage);
  expect(records.map((record) => record.type)).toEqual(["connected", "begin", "outcome", "end"]);
  expect(records[1]).toMatchObject({ ei: 1, protocol: "simple", text: "select 40 + 2" });
  expect(records[2]).toMatchObject({ ei: 1, success: true, command: "SELECT", affected_records: 1 });
  expect(records[3]).toMatchObject({ ei: 2, reason: "client_closed", statements: 1, errors: 0 });
});
