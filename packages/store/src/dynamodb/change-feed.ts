/**
 * Reads the stream of an emulated table, which has one shard. In AWS a stream has many that split and end; reading
 * those in order is what a Lambda event source does, so there `stream-record.ts` takes this file's place.
 */
import type { DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  type _Record as StreamRecord,
  TrimmedDataAccessException,
} from "@aws-sdk/client-dynamodb-streams";
import { StoreError } from "../error.ts";
import { assertLimit, MAX_PAGE } from "../limits.ts";
import type { Change, ChangeFeed, ChangePage } from "../port.ts";
import { changeFromImages } from "./stream-record.ts";

export interface DynamoChangeFeedOptions {
  readonly table: string;
  readonly config: Pick<DynamoDBClientConfig, "endpoint" | "region" | "credentials">;
}

/** The cursor of one who has seen nothing yet. */
const BEGINNING = "0";

export function openDynamoChangeFeed({
  table,
  config,
}: DynamoChangeFeedOptions): ChangeFeed & { close(): Promise<void> } {
  const client = new DynamoDBStreamsClient(config);
  return {
    changes: async (after, limit) => {
      assertLimit(limit);
      try {
        return await read(client, table, after ?? BEGINNING, limit);
      } catch (error) {
        throw feedFailure(error);
      }
    },
    close: async () => client.destroy(),
  };
}

/**
 * Reads from the cursor's own record on and checks that it comes first. The emulator answers an unknown number with the
 * oldest record, and what was skipped or repeated would go unnoticed.
 */
async function read(
  client: DynamoDBStreamsClient,
  table: string,
  cursor: string,
  limit: number,
): Promise<ChangePage> {
  const seen = cursor === BEGINNING ? 0 : 1;
  const ShardIterator = await shardIterator(client, table, cursor);
  const Limit = Math.min(limit + seen, MAX_PAGE);
  const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator, Limit }));
  if (seen === 1 && Records[0]?.dynamodb?.SequenceNumber !== cursor) {
    throw trimmed();
  }
  const changes = Records.slice(seen).map(changeFromRecord);
  return { changes, cursor: changes.at(-1)?.cursor ?? cursor };
}

async function shardIterator(client: DynamoDBStreamsClient, table: string, cursor: string): Promise<string> {
  const { Streams = [] } = await client.send(new ListStreamsCommand({ TableName: table }));
  const StreamArn = Streams.at(-1)?.StreamArn;
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }));
  const [shard, another] = StreamDescription?.Shards ?? [];
  if (shard === undefined || another !== undefined) {
    throw new StoreError("store.unavailable", "the table has no stream, or one of several shards");
  }
  const start =
    cursor === BEGINNING
      ? ({ ShardIteratorType: "TRIM_HORIZON" } as const)
      : ({ ShardIteratorType: "AT_SEQUENCE_NUMBER", SequenceNumber: cursor } as const);
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({ StreamArn, ShardId: shard.ShardId, ...start }),
  );
  return ShardIterator ?? "";
}

function changeFromRecord({ dynamodb }: StreamRecord): Change {
  return changeFromImages({
    sequenceNumber: dynamodb?.SequenceNumber,
    at: dynamodb?.ApproximateCreationDateTime?.getTime() ?? 0,
    oldImage: dynamodb?.OldImage,
    newImage: dynamodb?.NewImage,
  });
}

function trimmed(cause?: unknown): StoreError {
  return new StoreError("store.changes-trimmed", "the cursor's change is not kept here, start anew", cause);
}

function feedFailure(error: unknown): unknown {
  if (error instanceof TrimmedDataAccessException) {
    return trimmed(error);
  }
  return error instanceof StoreError
    ? error
    : new StoreError("store.unavailable", "the table's stream did not answer, try again", error);
}
