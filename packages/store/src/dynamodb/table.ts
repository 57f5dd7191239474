import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  type DynamoDBClientConfig,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
  type UpdateTimeToLiveCommandInput,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";

/** The table as `infra/storage` describes it to AWS. */
export function tableRequest(table: string): CreateTableCommandInput {
  return {
    TableName: table,
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" },
      { AttributeName: "sk", AttributeType: "S" },
    ],
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
    BillingMode: "PAY_PER_REQUEST",
    StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
  };
}

export function timeToLiveRequest(table: string): UpdateTimeToLiveCommandInput {
  return { TableName: table, TimeToLiveSpecification: { AttributeName: "ttl", Enabled: true } };
}

/** Creates the table where there is no infrastructure to do it: tests and the one-machine runtime. Once is enough. */
export async function createTable(config: DynamoDBClientConfig, table: string): Promise<void> {
  const client = new DynamoDBClient(config);
  try {
    await client.send(new CreateTableCommand(tableRequest(table)));
    await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName: table });
    await client.send(new UpdateTimeToLiveCommand(timeToLiveRequest(table)));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) {
      throw error;
    }
  } finally {
    client.destroy();
  }
}
