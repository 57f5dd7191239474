/** Gives what the server found wrong in a resource its place in the text that the resource was read from. */
import { Fault, isFault } from "@postern/core/fault";
import { locatePath } from "@postern/core/resource/parse";

export interface ResourceText {
  readonly text: string;
  /** What messages call it: a file's name. */
  readonly source: string;
  /** Which of the text's resources was sent. */
  readonly index: number;
}

/** Any other error, and one that names no path, as it is. */
export function placeIssues(error: unknown, { text, source, index }: ResourceText): unknown {
  if (!isFault(error, "input.invalid")) return error;
  const issues = (error.data.issues ?? []).filter(
    ({ path }) => path.startsWith("spec") || path.startsWith("metadata"),
  );
  if (issues.length === 0) return error;
  const placed = issues.map((issue) => ({ ...issue, ...locatePath(text, index, issue.path) }));
  const lines = placed.map(({ path, message, line, column }) =>
    [source, line, column]
      .filter((part) => part !== undefined)
      .join(":")
      .concat(`: ${path}: ${message}`),
  );
  return new Fault(error.code, lines.join("\n"), { ...error.data, issues: placed });
}
