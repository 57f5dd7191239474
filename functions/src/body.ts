/** The largest body of each row: checked before anything reads it. */
import { type RouteName, routes } from "@postern/core/api/routes";
import { Fault } from "@postern/core/fault";
import type { APIGatewayProxyEventV2 } from "aws-lambda";

const kilobyte = 1024;

/** Rows that take more than a form's worth: a chunk of records, a host's databases, a resource with its CA certificate. */
const larger: Partial<Record<RouteName, number>> = {
  ingestAudit: 5 * kilobyte * kilobyte,
  heartbeat: kilobyte * kilobyte,
  writeResource: 256 * kilobyte,
};

export function maxBodyBytes(name: RouteName): number {
  return larger[name] ?? 64 * kilobyte;
}

/** @throws Fault `input.invalid` */
export function assertBodySize(
  name: RouteName,
  { body = "", isBase64Encoded }: APIGatewayProxyEventV2,
): void {
  const bytes = isBase64Encoded ? Math.floor((body.length * 3) / 4) : Buffer.byteLength(body);
  if (bytes > maxBodyBytes(name)) {
    throw new Fault(
      "input.invalid",
      `the body of ${routes[name].path} has at most ${maxBodyBytes(name)} bytes`,
    );
  }
}
