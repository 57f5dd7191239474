import { Fault, type InputIssue } from "../fault.ts";
import { formatPath, missingInput, schemaIssues } from "../resource/issue.ts";
import { printable } from "../resource/printable.ts";
import { readYaml, type YamlText } from "../resource/yaml.ts";
import { ServiceConfig } from "./service-config.ts";

/**
 * Reads a configuration file's text, YAML or JSON.
 * @param source what messages call the text: a file's name. @throws Fault `input.invalid`, with paths and lines
 */
export function parseServiceConfig(text: string, source: string): ServiceConfig {
  const yaml = readYaml(text);
  const issues = yaml.issues.map(({ offset, message }) => ({ path: "", message, ...yaml.position(offset) }));
  if (issues.length > 0) throw invalid(source, issues);
  const value: unknown = yaml.documents[0]?.toJS({ maxAliasCount: 0 });
  const parsed = ServiceConfig.safeParse(value, { error: missingInput });
  if (parsed.success) return parsed.data;
  throw invalid(
    source,
    schemaIssues(parsed.error.issues).map(({ path, message }) => ({
      path: formatPath(path),
      message,
      ...positionOf(yaml, path),
    })),
  );
}

/** Where a path stands; a key that is missing stands where its parent does. */
function positionOf(yaml: YamlText, path: readonly PropertyKey[]): { line: number; column: number } {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = yaml.documents[0]?.getIn(path.slice(0, length), true);
    const range: unknown = node instanceof Object && "range" in node ? node.range : undefined;
    if (Array.isArray(range) && typeof range[0] === "number") return yaml.position(range[0]);
  }
  return yaml.position(0);
}

function invalid(source: string, issues: readonly InputIssue[]): Fault {
  const lines = issues.map(({ path, message, line, column }) =>
    [`${printable(source)}:${line}:${column}`, ...(path === "" ? [] : [path]), printable(message)].join(": "),
  );
  return new Fault("input.invalid", lines.join("\n"), { issues });
}
