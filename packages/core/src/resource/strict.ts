import { z } from "zod";

/**
 * An object that refuses unknown keys. Keys in `later` are known from Teleport's roles but have no meaning here yet:
 * the person is told so instead of being sent to look for a typing error.
 */
export function strictObject<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  later: readonly string[] = [],
) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? unknownKeys(issue.keys, later) : undefined),
  });
}

function unknownKeys(keys: unknown, later: readonly string[]): string {
  const names = Array.isArray(keys) ? keys.map(String) : [];
  return names.every((name) => later.includes(name)) ? "is not supported yet" : "unknown key";
}
