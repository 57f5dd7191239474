/**
 * YAML 1.2 (and so JSON) from strangers: no aliases, hence no alias bombs; no tags, directives or duplicate keys;
 * bounded size and depth. What is left means what a reader sees.
 */
import { Composer, type CST, type Document, isScalar, Lexer, LineCounter, Parser, visit } from "yaml";

/** Longest text, in UTF-16 units. */
export const maxTextLength = 1024 * 1024;
const maxDepth = 64;

/** Something wrong in the text, at an offset. */
export interface TextIssue {
  readonly offset: number;
  readonly message: string;
}

export interface YamlText {
  readonly documents: readonly Document.Parsed[];
  readonly issues: readonly TextIssue[];
  /** Line and column of an offset, from 1. */
  readonly position: (offset: number) => { readonly line: number; readonly column: number };
}

/** Reads every document of a text. Documents are worth a look only where `issues` is empty. */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const position = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const { tokens, issues } = tokenize(text, lines);
  if (issues.length > 0) return { documents: [], issues, position };
  const documents = [...new Composer(options).compose(tokens, false, text.length)];
  return { documents, issues: documents.flatMap(documentIssues), position };
}

const options = {
  version: "1.2",
  schema: "core",
  merge: false,
  strict: true,
  stringKeys: true,
  prettyErrors: false,
  logLevel: "silent",
  uniqueKeys: false, // the library's own check is quadratic; `mapIssues` does it
} as const;

/** The parser's own stack is the depth, so that nothing that recurses ever sees a deep text. */
function tokenize(
  text: string,
  lines: LineCounter,
): { tokens: readonly CST.Token[]; issues: readonly TextIssue[] } {
  if (text.length > maxTextLength) return refuse(0, `longer than ${maxTextLength} characters`);
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > maxDepth)
      return refuse(parser.offset, `nested more than ${maxDepth} levels deep`);
  }
  tokens.push(...parser.end());
  const directive = tokens.find(({ type }) => type === "directive");
  if (directive !== undefined) return refuse(directive.offset, "directives are not supported");
  return { tokens, issues: [] };
}

function refuse(offset: number, message: string) {
  return { tokens: [], issues: [{ offset, message }] };
}

function documentIssues(document: Document.Parsed): readonly TextIssue[] {
  const issues: TextIssue[] = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    offset: pos[0],
    message,
  }));
  visit(document, {
    Alias: (_key, { range }) =>
      void issues.push({ offset: range?.[0] ?? 0, message: "aliases are not supported" }),
    Value: (_key, { range, tag, anchor }) => {
      if (tag !== undefined) issues.push({ offset: range?.[0] ?? 0, message: "tags are not supported" });
      if (anchor !== undefined)
        issues.push({ offset: range?.[0] ?? 0, message: "anchors are not supported" });
    },
    Map: (_key, map) => void issues.push(...mapIssues(map.items.map(({ key }) => key))),
  });
  return issues;
}

/** Each key once; never `__proto__`, which object literals take for something else. */
function mapIssues(keys: readonly unknown[]): readonly TextIssue[] {
  const seen = new Set<unknown>(["__proto__"]);
  return keys.flatMap((key) => {
    if (!isScalar(key)) return [];
    const { value, range } = key;
    const message =
      value === "__proto__" ? "`__proto__` is not allowed as a key" : "this key stands here twice";
    const refused = seen.has(value);
    seen.add(value);
    return refused ? [{ offset: range?.[0] ?? 0, message }] : [];
  });
}
