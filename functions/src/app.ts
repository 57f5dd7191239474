/**
 * One Lambda function: its rows of the route table, each with its use case. Parse, authenticate, call, answer; no rule of
 * the domain is here. In this order: size, who calls, whether the row takes him, what he sent.
 */
import middyfy, { type MiddlewareObj } from "@middy/core";
import httpHeaderNormalizer from "@middy/http-header-normalizer";
import httpJsonBodyParser from "@middy/http-json-body-parser";
import httpRouter from "@middy/http-router";
import httpSecurityHeaders from "@middy/http-security-headers";
import type { Caller } from "@postern/control/caller";
import type { LocalVerifier } from "@postern/control/identity/authenticate";
import type { Base } from "@postern/control/ports";
import type { FunctionName, Route } from "@postern/core/api/route";
import type { RouteName } from "@postern/core/api/routes";
import { Fault } from "@postern/core/fault";
import { createId } from "@postern/core/id";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { assertBodySize } from "./body.ts";
import { requireCaller } from "./caller.ts";
import type { Handlers } from "./handlers.ts";
import { parseInput } from "./input.ts";
import { answerProblem, faultFrom, problemFrom } from "./problem.ts";
import { methodsOf, rowsOf } from "./route-match.ts";

export type HttpFunction = (
  event: APIGatewayProxyEventV2,
  context?: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

export interface FunctionOptions {
  /** On one machine: recognises the local admin. */
  readonly verifyLocal?: LocalVerifier;
  /** Told of bugs, under the id that the caller sees. */
  readonly report?: (id: string, error: unknown) => void;
}

/** Makes the function `name` over any deps: those of AWS, of one machine, of a test. */
export function createFunction<F extends FunctionName, D extends Base>(
  name: F,
  handlers: Handlers<F, D>,
  deps: D,
  { verifyLocal, report = reportToLog }: FunctionOptions = {},
): HttpFunction {
  const byName = new Map(Object.entries(handlers)) as ReadonlyMap<string, AnyHandler<D>>; // see AnyHandler
  const routes = rowsOf(name).map(([routeName, row]) => {
    const handle = byName.get(routeName);
    if (handle === undefined) throw new Error(`the row ${routeName} has no handler`);
    return {
      method: row.method,
      path: row.path,
      handler: createRoute({ name: routeName, row, handle, deps, verifyLocal }),
    };
  });
  const router = httpRouter<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>({
    routes,
    notFoundResponse: ({ path }) => missingRoute(path),
  });
  const app = middyfy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>(router)
    .use(httpHeaderNormalizer())
    .use(httpSecurityHeaders())
    .use(answerErrors(deps, report));
  return async (event, context = noContext) => await app(withOwnParams(event), { ...context });
}

/** Outside of Lambda there is none, and none of it is read here. */
const noContext = {} as Context;

/** What `Handlers` promises of each row in its own types, seen from where only the row's name is known. */
type AnyHandler<D> = (deps: D, call: { caller: Caller; address: string }, input: object) => Promise<object>;

interface RouteDeps<D> {
  readonly name: RouteName;
  readonly row: Route;
  readonly handle: AnyHandler<D>;
  readonly deps: D;
  readonly verifyLocal: LocalVerifier | undefined;
}

/** What is known of the request once its caller is. */
interface CallContext extends Context {
  caller: Caller;
}

function createRoute<D extends Base>({ name, row, handle, deps, verifyLocal }: RouteDeps<D>) {
  const answer = async (event: APIGatewayProxyEventV2, { caller }: CallContext) => {
    const { pathParameters: params = {}, queryStringParameters: query = {}, body } = event;
    const input = parseInput(row, { params, query, body });
    const result = await handle(deps, { caller, address: event.requestContext.http.sourceIp }, input);
    return answerJson(row, result);
  };
  const route = middyfy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Error, CallContext>(
    answer,
  ).before(async ({ event, context }) => {
    assertBodySize(name, event);
    context.caller = await requireCaller(deps, row, event, verifyLocal);
  });
  return row.body === undefined ? route : route.use(httpJsonBodyParser());
}

/** Parsed by the row's schema: nothing leaves that the table doesn't name. */
function answerJson(row: Route, result: object): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: row.status ?? 200,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify(row.response.parse(result)),
  };
}

/** API Gateway's own reading of the path is left aside: the router's is the same on one machine and in AWS. */
function withOwnParams(event: APIGatewayProxyEventV2): APIGatewayProxyEventV2 {
  const { pathParameters: _, ...rest } = event;
  return rest;
}

function missingRoute(path: string): APIGatewayProxyStructuredResultV2 {
  const allow = methodsOf(path).join(", ");
  if (allow === "")
    return answerProblem(problemFrom(new Fault("route.missing", "there is nothing at this path")));
  const fault = new Fault("route.missing", `this path takes the methods ${allow}`);
  return answerProblem(problemFrom(fault, 405), { allow });
}

/** The one place where an error becomes an answer. */
function answerErrors(
  { clock, random }: Base,
  report: (id: string, error: unknown) => void,
): MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> {
  return {
    onError: (request) => {
      const fault = faultFrom(request.error);
      if (fault !== undefined) {
        request.response = answerProblem(problemFrom(fault));
        return;
      }
      const id = createId("request", clock(), random);
      report(id, request.error);
      const message = `something went wrong on our side (request ${id})`;
      const hint = "tell an admin this id: the reason is in the control plane's log";
      request.response = answerProblem(problemFrom(new Fault("internal", message, { hint })));
    },
  };
}

function reportToLog(id: string, error: unknown): void {
  console.error("internal error", { id, error });
}
