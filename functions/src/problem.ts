/** Errors as the API answers them: one table from codes to statuses, one shape (RFC 9457). */
import type { Problem } from "@postern/core/api/read";
import { Fault, type FaultCode, isFault } from "@postern/core/fault";
import { StoreError } from "@postern/store/error";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";

/** RFC 9110, section 15. */
const statuses: Record<FaultCode, number> = {
  "input.invalid": 400,
  "auth.missing": 401,
  "auth.invalid": 401,
  "auth.second_factor": 401,
  "auth.expired": 401,
  "auth.replayed": 401,
  "access.denied": 403,
  "token.spent": 403,
  "resource.missing": 404,
  "route.missing": 404,
  "resource.exists": 409,
  "resource.changed": 409,
  "limit.exceeded": 429,
  internal: 500,
  "cloud.refused": 502,
  "cloud.credentials": 503,
  "service.unavailable": 503,
};

const titles: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
};

export function statusOf(code: FaultCode): number {
  return statuses[code];
}

export function problemFrom({ code, message, data }: Fault, status = statusOf(code)): Problem {
  return {
    type: "about:blank",
    title: titles[status] ?? "Error",
    status,
    code,
    detail: message,
    ...(data.hint !== undefined && { hint: data.hint }),
    ...(data.decision_id !== undefined && { decision_id: data.decision_id }),
    ...(data.issues !== undefined && { issues: data.issues.map((issue) => ({ ...issue })) }),
  };
}

export function answerProblem(
  problem: Problem,
  headers: Record<string, string> = {},
): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: problem.status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      // RFC 9449, 7.1
      ...(problem.status === 401 && { "www-authenticate": 'DPoP algs="ES256"' }),
      ...headers,
    },
    body: JSON.stringify(problem),
  };
}

/** The fault that an error is to its caller; undefined for a bug, of which nothing is told. */
export function faultFrom(error: unknown): Fault | undefined {
  if (isFault(error)) return error.code === "internal" ? undefined : error;
  if (error instanceof StoreError && (error.code === "store.busy" || error.code === "store.unavailable")) {
    return new Fault("service.unavailable", "the store can't be reached", { hint: "try again" }, error);
  }
  return parserStatus(error) === undefined ? undefined : unreadableBody();
}

/** What middy's body parser throws, which may quote the body. */
function parserStatus(error: unknown): number | undefined {
  const isParsers =
    error instanceof Error && "statusCode" in error && (error.statusCode === 415 || error.statusCode === 422);
  return isParsers ? Number(error.statusCode) : undefined;
}

function unreadableBody(): Fault {
  return new Fault("input.invalid", "the body must be JSON", {
    hint: "send it with the header `content-type: application/json`",
  });
}
