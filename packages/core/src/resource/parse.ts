import { type Document, isMap, isNode, isScalar, isSeq, type Node, type ParsedNode, Scalar } from "yaml";
import { Fault, type InputIssue } from "../fault.ts";
import { formatPath, missingInput, parsePath, type SchemaIssue, schemaIssues } from "./issue.ts";
import { printable } from "./printable.ts";
import { Resource } from "./resource.ts";
import { readYaml, type YamlText } from "./yaml.ts";

const maxIssues = 100;

/**
 * The resources in a text of YAML (one or more documents) or JSON; a list stands for its members. `source` is what
 * messages call the text: a file's name. Throws the fault `input.invalid` with every issue, its path, line and column.
 */
export function parseResources(text: string, source: string): Resource[] {
  const yaml = readYaml(text);
  if (yaml.issues.length > 0)
    throw invalid(
      source,
      yaml.issues.map((issue) => textIssue(issue, yaml)),
    );
  const results = yaml.documents.flatMap((document) => documentResults(document, yaml));
  const issues = results.flatMap((result) => (result.type === "issues" ? result.issues : []));
  if (issues.length > 0) throw invalid(source, issues);
  const resources = results.flatMap((result) => (result.type === "resource" ? [result.resource] : []));
  if (resources.length === 0)
    throw invalid(source, [{ path: "", message: "no resource in it", line: 1, column: 1 }]);
  return resources;
}

/**
 * Where in the text a path of its `index`-th resource stands, for an issue that was found without the text: by whoever
 * knows what the resource refers to. Undefined for a text or a path that aren't what `parseResources` reads.
 */
export function locatePath(
  text: string,
  index: number,
  path: string,
): { readonly line: number; readonly column: number } | undefined {
  const yaml = readYaml(text);
  const roots = yaml.issues.length > 0 ? [] : yaml.documents.flatMap(rootsOf);
  const root = roots[index];
  if (root === undefined) return undefined;
  const issue: SchemaIssue = {
    path: [...root.base, ...parsePath(path)],
    at: "value",
    message: "",
    offset: 0,
  };
  return yaml.position(offsetOf(issue, root.document.contents));
}

interface Root {
  readonly document: Document.Parsed;
  /** Of the resource in the document: a list stands for its members. */
  readonly base: readonly PropertyKey[];
}

function rootsOf(document: Document.Parsed): Root[] {
  const { contents } = document;
  if (isSeq(contents)) return contents.items.map((_, index) => ({ document, base: [index] }));
  return isMap(contents) ? [{ document, base: [] }] : [];
}

type Result =
  | { readonly type: "resource"; readonly resource: Resource }
  | { readonly type: "issues"; readonly issues: readonly InputIssue[] };

function documentResults(document: Document.Parsed, yaml: YamlText): Result[] {
  const value: unknown = document.toJS({ maxAliasCount: 0 });
  if (value === null) return []; // nothing between two `---`
  if (!Array.isArray(value)) return [result(value, [], document, yaml)];
  return value.map((member: unknown, index) => result(member, [index], document, yaml));
}

function result(
  value: unknown,
  base: readonly PropertyKey[],
  document: Document.Parsed,
  yaml: YamlText,
): Result {
  const parsed = Resource.safeParse(value, { error: missingInput });
  if (parsed.success) return { type: "resource", resource: parsed.data };
  const issues = schemaIssues(parsed.error.issues, base).map((issue) => ({
    path: formatPath(issue.path),
    message: issue.message,
    ...yaml.position(offsetOf(issue, document.contents)),
  }));
  return { type: "issues", issues };
}

function textIssue({ offset, message }: YamlText["issues"][number], yaml: YamlText): InputIssue {
  return { path: "", message: printable(message), ...yaml.position(offset) };
}

function invalid(source: string, issues: readonly InputIssue[]): Fault {
  const shown = issues.slice(0, maxIssues);
  const lines = shown.map(({ path, message, line, column }) => {
    const where = `${printable(source)}:${line}:${column}`;
    return path === "" ? `${where}: ${message}` : `${where}: ${path}: ${message}`;
  });
  if (issues.length > maxIssues) lines.push(`and ${issues.length - maxIssues} more`);
  return new Fault("input.invalid", lines.join("\n"), { issues: shown });
}

/** Where an issue stands in the text. A key that is missing stands where its parent does. */
function offsetOf({ path, at, offset }: SchemaIssue, root: ParsedNode | null): number {
  let node: Node | null = root;
  let start = root?.range[0] ?? 0;
  for (const [index, part] of path.entries()) {
    const child = childOf(node, part);
    if (child === undefined) return start;
    if (at === "key" && index === path.length - 1) return child.start;
    ({ node, start } = child);
  }
  return isScalar(node) ? scalarOffset(node, offset) : start;
}

interface Child {
  readonly node: Node | null;
  /** Where the key stands, for a list's member the member itself. */
  readonly start: number;
}

function childOf(parent: Node | null, part: PropertyKey): Child | undefined {
  if (isSeq(parent)) {
    const node = parent.items[Number(part)];
    return isNode(node) ? { node, start: node.range?.[0] ?? 0 } : undefined;
  }
  const pair = isMap(parent)
    ? parent.items.find(({ key }) => isScalar(key) && key.value === part)
    : undefined;
  if (pair === undefined || !isScalar(pair.key)) return undefined;
  return { node: isNode(pair.value) ? pair.value : null, start: pair.key.range?.[0] ?? 0 };
}

/** The place of a character of a scalar's value, where the text holds the value as it is. */
function scalarOffset({ range, type, value }: Scalar, offset: number): number {
  const start = range?.[0] ?? 0;
  if (type === Scalar.PLAIN) return start + offset;
  const quoted = type === Scalar.QUOTE_DOUBLE || type === Scalar.QUOTE_SINGLE;
  const verbatim =
    typeof value === "string" &&
    range !== undefined &&
    range !== null &&
    range[1] - start === value.length + 2;
  return quoted && verbatim ? start + 1 + offset : start;
}
