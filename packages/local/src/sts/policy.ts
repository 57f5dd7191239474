/**
 * Policies of IAM, as far as `sts:AssumeRole` needs them: who, which action, on what, under which conditions.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */
import { z } from "zod";

const OneOrMore = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());

/** What is not understood here is refused, so that no policy means less than it says. */
const Statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(["Allow", "Deny"]),
  Principal: z.strictObject({ AWS: OneOrMore }).optional(),
  Action: OneOrMore,
  Resource: OneOrMore.optional(),
  Condition: z
    .strictObject({
      StringEquals: z.record(z.string(), OneOrMore).optional(),
      StringLike: z.record(z.string(), OneOrMore).optional(),
    })
    .optional(),
});
type Statement = z.output<typeof Statement>;

export const Policy = z.strictObject({
  Version: z.literal("2012-10-17"),
  Statement: z.array(Statement),
});
export type Policy = z.output<typeof Policy>;

export interface PolicyRequest {
  readonly action: string;
  readonly resource: string;
  /** Under which ARNs the caller may be named, his own first; and his account's root. */
  readonly principals: readonly string[];
  /** Condition keys, such as `sts:ExternalId`. */
  readonly context: ReadonlyMap<string, string>;
}

export type Effect = "allow" | "deny" | "nothing";

/** An explicit deny wins; what no statement speaks of is neither allowed nor denied. */
export function evaluate(policies: readonly Policy[], request: PolicyRequest): Effect {
  const speaking = policies
    .flatMap((policy) => policy.Statement)
    .filter((statement) => speaksOf(statement, request));
  if (speaking.some(({ Effect }) => Effect === "Deny")) return "deny";
  return speaking.length > 0 ? "allow" : "nothing";
}

function speaksOf(statement: Statement, request: PolicyRequest): boolean {
  const { Action, Resource = ["*"], Principal, Condition = {} } = statement;
  const isNamed = Principal === undefined || Principal.AWS.some((name) => request.principals.includes(name));
  return (
    isNamed &&
    Action.some((pattern) => matches(pattern.toLowerCase(), request.action.toLowerCase())) &&
    Resource.some((pattern) => matches(pattern, request.resource)) &&
    holds(Condition.StringEquals, request, (wanted, value) => wanted === value) &&
    holds(Condition.StringLike, request, matches)
  );
}

/** Every key must be there and have one of the values. */
function holds(
  wanted: Readonly<Record<string, readonly string[]>> = {},
  { context }: PolicyRequest,
  compare: (wanted: string, value: string) => boolean,
): boolean {
  return Object.entries(wanted).every(([key, values]) => {
    const value = context.get(key);
    return value !== undefined && values.some((each) => compare(each, value));
  });
}

function matches(pattern: string, text: string): boolean {
  const literal = pattern.replace(/[.+^$()[\]{}|\\]/g, "\\$&");
  return new RegExp(`^${literal.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s").test(text);
}
