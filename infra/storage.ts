/** The one table: everything that Postern remembers. */
import { production } from "./stage.ts";

// SST's own link would grant dynamodb:* on the table; what a function may do with it stands in permissions.ts.
sst.Linkable.wrap(sst.aws.Dynamo, (table) => ({ properties: { name: table.name }, include: [] }));

export const table = new sst.aws.Dynamo("Table", {
  fields: { pk: "string", sk: "string" },
  primaryIndex: { hashKey: "pk", rangeKey: "sk" },
  ttl: "ttl",
  stream: "new-and-old-images",
  deletionProtection: production,
});
