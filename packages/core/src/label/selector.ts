import { z } from "zod";
import { coversPattern, matchesAny } from "../access/pattern.ts";
import { checkPattern } from "../access/pattern-schema.ts";
import { LabelKey, type Labels } from "./labels.ts";

/** One value of a selector: a literal, a glob, or a regular expression, held to the anchors that it writes itself. */
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

/** All values of a selector: the patterns in it. */
export function selectorPatterns(selector: LabelSelector): readonly string[] {
  return Object.values(selector).flatMap(valuesOf);
}

/** `'*': '*'` selects every database, unlabelled ones too, whatever stands beside it (as in Teleport). */
function selectsAll(selector: LabelSelector): boolean {
  const wildcard = selector["*"];
  return wildcard !== undefined && isWildcard(wildcard);
}

/** True when the labels meet every key of the selector. A broken value matches nothing here; the caller looks for those. */
export function matchesLabels(selector: LabelSelector, labels: Labels): boolean {
  const keys = Object.keys(selector);
  if (selectsAll(selector)) return true;
  return keys.length > 0 && keys.every((key) => matchesKey(selector, labels, key));
}

function matchesKey(selector: LabelSelector, labels: Labels, key: string): boolean {
  const wanted = selector[key];
  // A plain object answers `labels.constructor`: only its own keys are labels.
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  return wanted !== undefined && value !== undefined && matchesAny(valuesOf(wanted), value, "as-written");
}

/** True when `wide` surely selects whatever `narrow` does; where that isn't plain the answer is no. */
export function coversSelector(wide: LabelSelector, narrow: LabelSelector): boolean {
  if (selectsAll(wide) || Object.keys(narrow).length === 0) return true;
  const keys = Object.keys(wide);
  return !selectsAll(narrow) && keys.length > 0 && keys.every((key) => coversKey(wide, narrow, key));
}

function coversKey(wide: LabelSelector, narrow: LabelSelector, key: string): boolean {
  const [outer, inner] = [wide[key], Object.hasOwn(narrow, key) ? narrow[key] : undefined];
  if (outer === undefined || inner === undefined) return false;
  return valuesOf(inner).every((value) =>
    valuesOf(outer).some((pattern) => coversPattern(pattern, value, "as-written")),
  );
}

/** One line for reasons: `env=dev,team=[a b]`. */
export function formatSelector(selector: LabelSelector): string {
  return Object.entries(selector)
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : `[${value.join(" ")}]`}`)
    .join(",");
}
