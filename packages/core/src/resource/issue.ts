/** What zod found wrong, as issues for people: one for each unknown key, and of a union's branches the one that was meant. */
import type { z } from "zod";
import type { InputIssue } from "../fault.ts";
import { printable } from "./printable.ts";
import { unknownKey } from "./strict.ts";

/** A path into the input, what is wrong there, and, in a text, from which character on. */
export interface SchemaIssue {
  readonly path: readonly PropertyKey[];
  /** Whether it is the last key of the path that is wrong, or what it holds. */
  readonly at: "key" | "value";
  readonly message: string;
  readonly offset: number;
}

/** To be given to zod's `safeParse`, for it alone sees whether there was an input. */
export const missingInput: z.core.$ZodErrorMap = (issue) =>
  issue.input === undefined ? "is missing" : undefined;

export function schemaIssues(
  issues: readonly z.core.$ZodIssue[],
  base: readonly PropertyKey[] = [],
): SchemaIssue[] {
  return issues.flatMap((issue) => schemaIssue(issue, [...base, ...issue.path]));
}

function schemaIssue(issue: z.core.$ZodIssue, path: readonly PropertyKey[]): SchemaIssue[] {
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        path: [...path, key],
        at: "key",
        message: unknownKey(key),
        offset: 0,
      }));
    case "invalid_key":
      return [{ path, at: "key", message: issue.issues[0]?.message ?? issue.message, offset: 0 }];
    case "invalid_union":
      return unionIssues(issue, path);
    default:
      return [{ path, at: "value", message: issue.message, offset: offsetOf(issue) }];
  }
}

/** The first branch that got past the type of the value itself; where none did, the union's own message. */
function unionIssues(issue: z.core.$ZodIssueInvalidUnion, path: readonly PropertyKey[]): SchemaIssue[] {
  const meant = issue.errors.find(
    (branch) => !branch.some(({ code, path }) => code === "invalid_type" && path.length === 0),
  );
  if (meant !== undefined) return schemaIssues(meant, path);
  return [{ path, at: "value", message: issue.message, offset: 0 }];
}

/** Our own checks of patterns say where in the text they stumbled. */
function offsetOf(issue: z.core.$ZodIssue): number {
  const offset: unknown = issue.code === "custom" ? issue.params?.["offset"] : undefined;
  return typeof offset === "number" ? offset : 0;
}

/** What zod found in a value that has no text, such as a request's body. */
export function inputIssues(error: z.ZodError): readonly InputIssue[] {
  return schemaIssues(error.issues).map(({ path, message }) => ({ path: formatPath(path), message }));
}

/** The keys of a path that `formatPath` made. */
export function parsePath(path: string): PropertyKey[] {
  return [...path.matchAll(/\[(\d+)\]|\["((?:[^"]|"(?!\]))*)"\]|([^.[\]]+)/g)].map(
    ([, index, quoted, name]) => (index === undefined ? (quoted ?? name ?? "") : Number(index)),
  );
}

/** `spec.allow.db_users[0]`, `spec.allow.db_labels["*"]`. */
export function formatPath(path: readonly PropertyKey[]): string {
  const parts = path.map((part) => {
    if (typeof part === "number") return `[${part}]`;
    const key = String(part);
    return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? `.${printable(key)}` : `["${printable(key)}"]`;
  });
  return parts.join("").replace(/^\./, "");
}
