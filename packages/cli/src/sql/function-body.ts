/**
 * Bodies of SQL functions in the standard's form hold semicolons of their own: `create function … begin atomic …; end`.
 * How deep a text is in one is told as psql tells it, by its words alone.
 */

/** The first words of the statement, as far as they matter: in lower case, at most four. */
export type Words = readonly string[];
/** How many `begin` and `case` still want their `end`. */
export type Body = number;

export function bodyDepth(words: Words, depth: Body, word: string): [Words, Body] {
  const lower = word.toLowerCase();
  const first = words.length < 4 ? [...words, lower] : words;
  if (!createsRoutine(first)) return [first, depth];
  if (lower === "begin" || (lower === "case" && depth > 0)) return [first, depth + 1];
  return [first, lower === "end" && depth > 0 ? depth - 1 : depth];
}

function createsRoutine([first, second, third, fourth]: Words): boolean {
  if (first !== "create") return false;
  const kind = second === "or" && third === "replace" ? fourth : second;
  return kind === "function" || kind === "procedure";
}
