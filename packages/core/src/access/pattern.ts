/**
 * The patterns of roles: a literal, `*`, a glob (`app_*`) or a regular expression (`^app_(ro|rw)$`). Regular expressions
 * are RE2's (https://github.com/google/re2/wiki/Syntax), whose matching time is linear, and both sizes are capped, so
 * no role can hang the evaluator. Everything is case-sensitive, as names in PostgreSQL's catalogue are.
 */
import { RE2JS, RE2JSSyntaxException } from "re2js";

/** Longest pattern, in UTF-16 units. */
export const maxPatternLength = 512;
/** Longest text that is matched. Names end at 63 bytes, label values at 256 characters. */
export const maxSubjectLength = 1024;
/** Largest compiled regular expression, in RE2 instructions; matching costs at most this times the text's length. */
const maxProgramSize = 1024;
const maxCached = 1000;

/**
 * How a regular expression is held against a text. `whole`: it must match all of it, so that `^a|b$` is exactly `a` or
 * `b`. `as-written`: only its own anchors count, so that `^a|b$` is `a…` or `…b`, as label selectors mean it in Teleport.
 */
export type Anchoring = "whole" | "as-written";

export type CompiledPattern =
  | { readonly type: "pattern"; readonly matches: (text: string) => boolean }
  | {
      readonly type: "broken";
      readonly problem: string /** Where in the pattern, from 0. */;
      readonly offset: number;
    };

const cache = new Map<string, CompiledPattern>();

/** Compiles a pattern, or says what is wrong with it and where. Never throws, whatever the text. */
export function compilePattern(text: string, anchoring: Anchoring): CompiledPattern {
  if (text.length > maxPatternLength) return broken(`is longer than ${maxPatternLength} characters`, 0);
  const key = `${anchoring} ${text}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const compiled = compile(text, anchoring);
  const oldest = cache.size >= maxCached ? cache.keys().next().value : undefined;
  if (oldest !== undefined) cache.delete(oldest);
  cache.set(key, compiled);
  return compiled;
}

function compile(text: string, anchoring: Anchoring): CompiledPattern {
  if (text === "") return broken("is empty", 0);
  const template = text.indexOf("{{");
  if (template !== -1) return broken("has a template, which is not supported here", template);
  if (text.startsWith("^")) return compileRegex(text, anchoring);
  return text.includes("*") ? glob(text) : { type: "pattern", matches: (name) => name === text };
}

function compileRegex(text: string, anchoring: Anchoring): CompiledPattern {
  // `^prod` taken as a literal would be a deny that never denies.
  if (!text.endsWith("$")) return broken("starts with ^ and must therefore end with $", text.length);
  try {
    const regex = RE2JS.compile(text);
    if (regex.programSize() > maxProgramSize) return broken("is too large a regular expression", 0);
    const matcher = (name: string) => regex.matcher(name);
    return {
      type: "pattern",
      matches: anchoring === "whole" ? (name) => matcher(name).matches() : (name) => matcher(name).find(),
    };
  } catch (error) {
    return syntaxError(text, error);
  }
}

/** RE2 names the part that it stumbled on; where the whole is wrong (an open parenthesis) that is its first character. */
function syntaxError(text: string, error: unknown): CompiledPattern {
  if (!(error instanceof RE2JSSyntaxException))
    return broken("is not a regular expression that can be compiled", 0);
  const part: unknown = error.input;
  const offset = typeof part === "string" ? Math.max(0, text.indexOf(part)) : 0;
  return broken(`is not a valid regular expression: ${error.error}`, offset);
}

/** A glob without backtracking: each part is found at the first place after the one before it. */
function glob(text: string): CompiledPattern {
  const [prefix = "", ...rest] = text.split("*");
  const suffix = rest.pop() ?? "";
  const matches = (name: string): boolean => {
    if (name.length < prefix.length + suffix.length || !name.startsWith(prefix) || !name.endsWith(suffix))
      return false;
    const end = name.length - suffix.length;
    let at = prefix.length;
    for (const part of rest) {
      const found = name.indexOf(part, at);
      if (found === -1 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  };
  return { type: "pattern", matches };
}

function broken(problem: string, offset: number): CompiledPattern {
  return { type: "broken", problem, offset };
}

/** True when one of the patterns matches the text. A broken one matches nothing; `compilePattern` tells which are. */
export function matchesAny(patterns: readonly string[], text: string, anchoring: Anchoring): boolean {
  return patterns.some((pattern) => {
    const compiled = compilePattern(pattern, anchoring);
    return compiled.type === "pattern" && compiled.matches(text);
  });
}

/** True for a pattern that stands for itself alone. */
export function isLiteral(pattern: string): boolean {
  return !pattern.startsWith("^") && !pattern.includes("*");
}

/**
 * True when `wide` surely matches whatever `narrow` does. Conservative: whether one regular expression includes another
 * isn't worked out, so the answer for those is no unless they are the same.
 */
export function coversPattern(wide: string, narrow: string, anchoring: Anchoring): boolean {
  return wide === "*" || wide === narrow || (isLiteral(narrow) && matchesAny([wide], narrow, anchoring));
}
