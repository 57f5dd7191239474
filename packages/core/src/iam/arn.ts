/**
 * Amazon Resource Names, as IAM and STS have them: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  /** May hold colons and slashes itself. */
  readonly resource: string;
}

/** Undefined for a text that is none. */
export function parseArn(text: string): Arn | undefined {
  const [arn, partition = "", service = "", region = "", account = "", ...rest] = text.split(":");
  const resource = rest.join(":");
  if (arn !== "arn" || partition === "" || service === "" || resource === "") return undefined;
  return { partition, service, region, account, resource };
}

export function formatArn({ partition, service, region, account, resource }: Arn): string {
  return ["arn", partition, service, region, account, resource].join(":");
}

/** The partition that a region is in. */
export function partitionOf(region: string): "aws" | "aws-cn" | "aws-us-gov" {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
