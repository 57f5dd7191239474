/** The change feed in AWS: the table's stream, which invokes a Lambda function with records in DynamoDB's JSON. */
import { StoreError } from "../error.ts";
import { decodeItem } from "../item.ts";
import type { Change, Item } from "../port.ts";
import { type Attributes, itemFromAttributes } from "./attributes.ts";

/** An attribute in JSON, where bytes are base64. Other types than these are in no item of ours. */
interface AttributeJson {
  readonly S?: string | undefined;
  readonly N?: string | undefined;
  readonly B?: string | undefined;
}

type ImageJson = Readonly<Record<string, AttributeJson>>;

/** The part of a Lambda event's `DynamoDBRecord` that is read here. */
export interface LambdaStreamRecord {
  readonly dynamodb?:
    | {
        readonly SequenceNumber?: string | undefined;
        /** Epoch seconds. */
        readonly ApproximateCreationDateTime?: number | undefined;
        readonly OldImage?: ImageJson | undefined;
        readonly NewImage?: ImageJson | undefined;
      }
    | undefined;
}

/**
 * The change that a record tells of. Its cursor is the sequence number, which a function also reports for a record
 * that failed (`batchItemFailures`), so that Lambda goes on there.
 *
 * @throws StoreError `store.corrupt` as `changeFromImages`.
 */
export function changeFromStreamRecord({ dynamodb }: LambdaStreamRecord): Change {
  return changeFromImages({
    sequenceNumber: dynamodb?.SequenceNumber,
    at: Math.round((dynamodb?.ApproximateCreationDateTime ?? 0) * 1000),
    oldImage: dynamodb?.OldImage && attributesFromJson(dynamodb.OldImage),
    newImage: dynamodb?.NewImage && attributesFromJson(dynamodb.NewImage),
  });
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_StreamRecord.html */
export interface StreamImages {
  readonly sequenceNumber: string | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly oldImage: Attributes | undefined;
  readonly newImage: Attributes | undefined;
}

/** @throws StoreError `store.corrupt` without a number or an image: the stream's view must be NEW_AND_OLD_IMAGES. */
export function changeFromImages({ sequenceNumber, at, oldImage, newImage }: StreamImages): Change {
  const before = itemFromImage(oldImage);
  const after = itemFromImage(newImage);
  const key = (after ?? before)?.key;
  if (key === undefined || sequenceNumber === undefined) {
    throw new StoreError("store.corrupt", "the stream record has no image or no sequence number");
  }
  return { cursor: sequenceNumber, key, ...(before ? { before } : {}), ...(after ? { after } : {}), at };
}

function itemFromImage(image: Attributes | undefined): Item | undefined {
  return image && decodeItem(itemFromAttributes(image));
}

function attributesFromJson(image: ImageJson): Attributes {
  const attributes: Attributes = {};
  for (const [name, { S, N, B }] of Object.entries(image)) {
    if (S !== undefined) {
      attributes[name] = { S };
    } else if (N !== undefined) {
      attributes[name] = { N };
    } else if (B !== undefined) {
      attributes[name] = { B: new Uint8Array(Buffer.from(B, "base64")) };
    }
  }
  return attributes;
}
