/** The typed client of the HTTP API: one `call` for every row of the route table. */
import { Problem } from "@postern/core/api/read";
import type { Route } from "@postern/core/api/route";
import { type RouteName, type Routes, routes } from "@postern/core/api/routes";
import { Fault, faultCodes } from "@postern/core/fault";
import type { z } from "zod";
import { createProof, type ProofKey } from "./proof.ts";

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

/** What fits into a path or a query. */
type Scalar = string | number | boolean | undefined;

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
  const answer = await readJson(response, options.url);
  if (!response.ok) throw faultFromProblem(answer, response.status);
  const parsed = row.response.safeParse(answer);
  if (!parsed.success) {
    throw new Fault(
      "internal",
      `${options.url} answered something that this version of Postern doesn't know`,
    );
  }
  return parsed.data as CallOutput<N>; // the row's own schema has just parsed it
}

async function send(options: ClientOptions, row: Route, url: string, body: unknown): Promise<Response> {
  try {
    return await fetch(url, {
      method: row.method,
      headers: await buildHeaders(options, row, url, body !== undefined),
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: "error",
      signal: AbortSignal.timeout(options.timeoutMs ?? 10_000),
    });
  } catch (error) {
    throw new Fault(
      "service.unavailable",
      `can't reach Postern at ${options.url}`,
      { hint: "Try again." },
      error,
    );
  }
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

/** `/v1/users/{name}` with its parameters percent-encoded. */
function buildPath(template: string, params: Record<string, Scalar> = {}): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])));
}

function buildQuery(query: Record<string, Scalar> = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
  return search.size === 0 ? "" : `?${search.toString()}`;
}

async function readJson(response: Response, url: string): Promise<unknown> {
  try {
    return await response.json();
  } catch (error) {
    throw new Fault("service.unavailable", `${url} doesn't answer as Postern does`, {}, error);
  }
}

function faultFromProblem(answer: unknown, status: number): Fault {
  const problem = Problem.safeParse(answer);
  if (!problem.success) return new Fault("service.unavailable", `the server answered HTTP ${status}`);
  const { code, detail, hint, decision_id, issues } = problem.data;
  const known = faultCodes.find((each) => each === code) ?? "internal";
  return new Fault(known, detail, { hint, decision_id, issues });
}
