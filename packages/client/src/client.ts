/** The typed client of the HTTP API: one `call` for every row of the route table. */
import type { Route } from "@postern/core/api/route";
import { type RouteName, type Routes, routes } from "@postern/core/api/routes";
import { Fault } from "@postern/core/fault";
import type { z } from "zod";
import { faultFrom, readJson } from "./answer.ts";
import { createProof, type ProofKey } from "./proof.ts";
import { buildPath, buildQuery, type Scalar } from "./url.ts";

type Part<R extends Route, K extends "params" | "query" | "body"> =
  R extends Record<K, infer S extends z.ZodType> ? Record<K, z.input<S>> : unknown;

/** What a route takes: `params`, `query` and `body`, as far as its row has them. */
export type CallInput<N extends RouteName> = Part<Routes[N], "params"> &
  Part<Routes[N], "query"> &
  Part<Routes[N], "body">;
export type CallOutput<N extends RouteName> = z.output<Routes[N]["response"]>;

export interface ClientOptions {
  /** The API's origin, such as `https://postern.example.com`. */
  readonly url: string;
  /** Proves possession on every request; absent for calls that need no identity. */
  readonly key?: ProofKey;
  readonly accessToken?: () => string | undefined;
  /** For a request and its whole answer; 10 seconds unless told. */
  readonly timeoutMs?: number;
}

export interface Client {
  /**
   * Throws Fault: with the server's code where it answered a problem, `service.unavailable` where it couldn't be
   * reached in time, `internal` where its answer isn't what the route table says.
   */
  call<N extends RouteName>(name: N, input: CallInput<N>): Promise<CallOutput<N>>;
}

export function createClient(options: ClientOptions): Client {
  return { call: (name, input) => call(options, name, input as Parts) }; // what CallInput allows is made of these parts
}

interface Parts {
  readonly params?: Record<string, Scalar>;
  readonly query?: Record<string, Scalar>;
  readonly body?: unknown;
}

async function call<N extends RouteName>(
  options: ClientOptions,
  name: N,
  input: Parts,
): Promise<CallOutput<N>> {
  const row: Route = routes[name];
  const url = options.url + buildPath(row.path, input.params) + buildQuery(input.query);
  const response = await send(options, row, url, input.body);
  const answer = await readJson(response);
  if (!response.ok) throw faultFrom(response, answer);
  const parsed = row.response.safeParse(answer);
  if (parsed.success) return parsed.data as CallOutput<N>; // the row's own schema has just parsed it
  throw new Fault(
    "internal",
    `${options.url} answered something that this version of Postern doesn't know`,
    { hint: "Is the other side of another version?" },
    parsed.error,
  );
}

async function send(options: ClientOptions, row: Route, url: string, body: unknown): Promise<Response> {
  const headers = await buildHeaders(options, row, url, body !== undefined);
  try {
    return await fetch(url, {
      method: row.method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: "error",
      signal: AbortSignal.timeout(options.timeoutMs ?? 10_000),
    });
  } catch (error) {
    const message = `can't reach Postern at ${options.url}: ${reasonOf(error)}`;
    throw new Fault("service.unavailable", message, {}, error);
  }
}

/** fetch says "fetch failed"; why is in its cause: a system error's code, or what was wrong with the certificate. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "no answer in time";
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message !== "" || !("code" in cause) ? cause.message : String(cause.code);
}

async function buildHeaders(
  options: ClientOptions,
  row: Route,
  url: string,
  hasBody: boolean,
): Promise<Record<string, string>> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (hasBody) headers["content-type"] = "application/json";
  if (!options.key || row.callers.includes("anyone")) return headers;
  const accessToken = row.callers.includes("key") ? undefined : options.accessToken?.();
  if (accessToken !== undefined) headers["authorization"] = `DPoP ${accessToken}`;
  headers["dpop"] = await createProof(options.key, { method: row.method, url, accessToken });
  return headers;
}
