/** Who makes a request, and whether its row takes him. */
import type { Caller } from "@postern/control/caller";
import { refuseCaller } from "@postern/control/denied";
import { authenticate, type LocalVerifier } from "@postern/control/identity/authenticate";
import type { Base } from "@postern/control/ports";
import type { Route } from "@postern/core/api/route";
import { Fault } from "@postern/core/fault";
import type { APIGatewayProxyEventV2 } from "aws-lambda";

/** @throws Fault as `authenticate` does, or `access.denied` for a caller of a kind that the row isn't for, audited */
export async function requireCaller(
  deps: Base,
  row: Route,
  event: APIGatewayProxyEventV2,
  verifyLocal: LocalVerifier | undefined,
): Promise<Caller> {
  const caller = await identify(deps, row, event, verifyLocal);
  await assertCaller(deps, row, caller, event.requestContext.http.sourceIp);
  return caller;
}

/** Where anybody may call it is not asked who does: a stale token must not keep people from logging in again. */
async function identify(
  deps: Base,
  row: Route,
  { headers, requestContext: { http } }: APIGatewayProxyEventV2,
  verifyLocal: LocalVerifier | undefined,
): Promise<Caller> {
  if (row.callers.includes("anyone")) return { type: "anyone" };
  const { authorization, dpop: proof } = headers;
  return await authenticate(deps, {
    authorization,
    proof,
    method: http.method,
    path: http.path,
    once: row.method !== "GET" && row.repeatable !== true,
    address: http.sourceIp,
    verifyLocal,
  });
}

async function assertCaller(
  base: Base,
  { callers, method, path }: Route,
  caller: Caller,
  address: string,
): Promise<void> {
  if (callers.includes(caller.type)) return;
  if (caller.type === "anyone" || caller.type === "key") {
    throw new Fault("auth.missing", "this needs an identity", { hint: "log in first: `postern login`" });
  }
  await refuseCaller(base, { caller, address }, `${method} ${path}`, callers);
}
