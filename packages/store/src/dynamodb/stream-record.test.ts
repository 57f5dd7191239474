import type { DynamoDBRecord } from "aws-lambda";
import { expect, test } from "vitest";
import { changeFromStreamRecord } from "./stream-record.ts";

const Keys = { pk: { S: "session#1" }, sk: { S: "meta" } };
const key = { pk: "session#1", sk: "meta" };

/** As Lambda gives it: JSON, with bytes in base64 and the time in seconds. */
const modified: DynamoDBRecord = {
  eventID: "c4ca4238a0b923820dcc509a6f75849b",
  eventName: "MODIFY",
  eventVersion: "1.1",
  eventSource: "aws:dynamodb",
  awsRegion: "eu-central-1",
  dynamodb: {
    ApproximateCreationDateTime: 1_900_000_000,
    Keys,
    OldImage: {
      ...Keys,
      v: { S: '{"state":"open"}' },
      n: { N: "1" },
      e: { N: "1900000001500" },
      ttl: { N: "1900000002" },
    },
    NewImage: { ...Keys, v: { S: '{"state":"ended"}' }, n: { N: "2" }, b: { B: "AQID" } },
    SequenceNumber: "4421584500000000017450439091",
    SizeBytes: 26,
    StreamViewType: "NEW_AND_OLD_IMAGES",
  },
  eventSourceARN: "arn:aws:dynamodb:eu-central-1:123456789012:table/postern/stream/2030-01-01T00:00:00.000",
};

test("a modified item is a change with both images", () => {
  expect(changeFromStreamRecord(modified)).toEqual({
    cursor: "4421584500000000017450439091",
    key,
    before: { key, value: { state: "open" }, version: 1, expiresAt: 1_900_000_001_500 },
    after: { key, value: { state: "ended" }, version: 2, bytes: Uint8Array.of(1, 2, 3) },
    at: 1_900_000_000_000,
  });
});

test("an inserted item has only what stands now, a removed one (by a delete or by TTL) only what stood", () => {
  const { OldImage: _, ...inserted } = modified.dynamodb ?? {};
  const { NewImage: __, ...removed } = modified.dynamodb ?? {};
  expect(changeFromStreamRecord({ dynamodb: inserted })).not.toHaveProperty("before");
  expect(changeFromStreamRecord({ dynamodb: removed })).not.toHaveProperty("after");
  expect(changeFromStreamRecord({ dynamodb: removed }).key).toEqual(key);
});

test.each<[string, DynamoDBRecord]>([
  ["no record", {}],
  ["keys only: the stream has another view", { dynamodb: { Keys, SequenceNumber: "1" } }],
  ["no sequence number", { dynamodb: { NewImage: modified.dynamodb?.NewImage ?? {} } }],
  [
    "an item that is not ours",
    { dynamodb: { SequenceNumber: "1", NewImage: { ...Keys, other: { S: "x" } } } },
  ],
  [
    "a version that is no number",
    { dynamodb: { SequenceNumber: "1", NewImage: { ...Keys, v: { S: "{}" }, n: { N: "x" } } } },
  ],
])("%s is refused", (_, record) => {
  expect(() => changeFromStreamRecord(record)).toThrow(expect.objectContaining({ code: "store.corrupt" }));
});
