/** The shape of one row of the route table. */
import type { z } from "zod";

/** One Lambda function each, split by what it may do (`docs` in DESIGN: "Who may do what"). */
export const functionNames = [
  "auth",
  "join",
  "authorize",
  "ingest",
  "admin",
  "read",
  "deliver",
  "web",
] as const;
export type FunctionName = (typeof functionNames)[number];

/**
 * Who may call a route. `anyone`: no identity. `key`: no identity yet, but a DPoP proof by the key that is to hold
 * it. `admin` stands for the identities that hold every right: an operator, and `local-admin` on one machine.
 */
export type CallerType = "anyone" | "key" | "user" | "host" | "admin";

/** What a user's roles must allow, by their `rules`: a verb on a resource. */
export interface Right {
  readonly resource: string;
  readonly verb: "list" | "read" | "create" | "update" | "delete";
}

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** With `{name}` for parameters, as API Gateway and OpenAPI write it. */
  readonly path: `/${string}`;
  readonly function: FunctionName;
  readonly callers: readonly CallerType[];
  /**
   * The right that a calling user must hold; `null` where being the caller is enough, `"by-kind"` where the resource
   * is the one that the path or the body names.
   */
  readonly right: Right | { readonly resource: "by-kind"; readonly verb: Right["verb"] } | null;
  readonly summary: string;
  /**
   * A call sent again changes nothing, as it has a number of its own in the body, and there are so many calls that its
   * proofs aren't remembered: who gets hold of one can use it for its minute. Every other proof of a change works once.
   */
  readonly repeatable?: true;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly response: z.ZodType;
  readonly status?: 200 | 201;
}

/** Keeps the literal types of a row, which handlers and client are typed by. */
export function route<const R extends Route>(row: R): R {
  return row;
}
