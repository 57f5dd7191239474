import { z } from "zod";
import { compilePattern } from "../access/pattern.ts";
import { checkPattern } from "../access/pattern-schema.ts";
import { LabelKey, type Labels } from "./labels.ts";

/** One value of a selector: a literal, a glob, or a regular expression with the anchors that it writes. */
const SelectorValue = z
  .string("expected a text; put numbers, true and false in quotes")
  .superRefine((text, context) => checkPattern(text, "as-written", context));

/**
 * Selects databases by their labels: keys are ANDed, the values of one key ORed. `'*': '*'` selects all, `key: '*'`
 * those that have the key, an empty selector none.
 */
export const LabelSelector = z
  .record(z.union([z.literal("*"), LabelKey]), z.union([SelectorValue, z.array(SelectorValue).max(256)]))
  .superRefine((selector, context) => {
    const wildcard = selector["*"];
    if (wildcard === undefined || isWildcard(wildcard)) return;
    context.addIssue({ code: "custom", path: ["*"], message: "the key '*' takes the value '*' alone" });
  });
export type LabelSelector = z.infer<typeof LabelSelector>;

function valuesOf(value: string | readonly string[]): readonly string[] {
  return typeof value === "string" ? [value] : value;
}

function isWildcard(value: string | readonly string[]): boolean {
  const values = valuesOf(value);
  return values.length === 1 && values[0] === "*";
}
