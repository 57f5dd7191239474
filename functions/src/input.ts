/** What a request brings, checked against its row: unknown fields are refused, and every mistake is named. */
import type { Route } from "@postern/core/api/route";
import { Fault } from "@postern/core/fault";
import { inputIssues, missingInput } from "@postern/core/resource/issue";
import { z } from "zod";

export interface RawInput {
  /** As the router took them from the path: still percent-encoded. */
  readonly params: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** Parsed JSON; undefined without a body. */
  readonly body: unknown;
}

const nothing = z.strictObject({});
const maxIssues = 20;

/** @throws Fault `input.invalid` with the places of what is wrong */
export function parseInput(row: Route, raw: RawInput): object {
  const params = parse(row.params ?? nothing, decodeParams(raw.params));
  const query = parse(row.query ?? nothing, raw.query);
  const body = row.body === undefined ? {} : parse(row.body, raw.body);
  return { ...params, ...query, ...body };
}

function decodeParams(params: RawInput["params"]): Record<string, string> {
  try {
    return Object.fromEntries(
      Object.entries(params).map(([name, text = ""]) => [name, decodeURIComponent(text)]),
    );
  } catch {
    throw new Fault("input.invalid", "the path is not well percent-encoded");
  }
}

function parse(schema: z.ZodType, value: unknown): object {
  const parsed = schema.safeParse(value, { error: missingInput });
  if (!parsed.success) throw invalid(parsed.error);
  return parsed.data as object; // the schemas of rows are objects, or unions of objects
}

function invalid(error: z.ZodError): Fault {
  const issues = inputIssues(error).slice(0, maxIssues);
  const [first] = issues;
  const place = first === undefined || first.path === "" ? "" : ` at \`${first.path}\``;
  return new Fault("input.invalid", `the request is not valid${place}: ${first?.message ?? ""}`, { issues });
}
