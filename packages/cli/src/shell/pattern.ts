/** Names in commands such as `\d sales.ord*`, as psql reads them (its manual, "Patterns"). */

/** Regular expressions of PostgreSQL, for whole names; without a schema, every one that is in the search path. */
export interface NamePattern {
  readonly schema: string | undefined;
  readonly name: string;
}

/** Unquoted letters are folded, `*` and `?` match any, quotes take both away. */
export function parsePattern(text: string): NamePattern {
  const parts = [""];
  let quoted = false;
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    else if (character === "." && !quoted) parts.push("");
    else parts.push(`${parts.pop() ?? ""}${translate(character, quoted)}`);
  }
  const [name = "", schema] = parts.toReversed();
  return { schema: schema === undefined ? undefined : whole(schema), name: whole(name) };
}

function translate(character: string, quoted: boolean): string {
  if (!quoted && character === "*") return ".*";
  if (!quoted && character === "?") return ".";
  if (/[.*+?^${}()|[\]\\]/.test(character)) return `\\${character}`;
  return quoted ? character : character.toLowerCase();
}

function whole(pattern: string): string {
  return `^(${pattern})$`;
}
