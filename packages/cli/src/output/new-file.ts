/** Where a command puts a file that it makes: stdout, or a path at which nothing may be yet. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Fault } from "@postern/core/fault";
import { InvalidArgumentError } from "commander";
import { note, writeJson } from "./write.ts";

/** `stdout`, or the path of a `file:///PATH`. */
export function parseOutput(text: string): string {
  if (text === "stdout") return text;
  try {
    return fileURLToPath(text);
  } catch {
    throw new InvalidArgumentError("Expected file:///PATH or stdout.");
  }
}

/**
 * For its owner's eyes alone, and never in another file's place. Says what to type next.
 * @throws Fault `resource.exists`, or `input.invalid` for a path that can't be written
 */
export function writeOutput(output: string, content: string, isJson: boolean, next: string): void {
  if (output === "stdout") {
    process.stdout.write(content);
    return;
  }
  writeNewFile(output, content);
  if (isJson) writeJson({ path: output });
  else note(`wrote ${output}; next: ${next} ${output}`);
}

export function writeNewFile(path: string, content: string, mode = 0o600): void {
  try {
    writeFileSync(path, content, { mode, flag: "wx" });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") {
      throw new Fault("resource.exists", `${path} is there already; it was left as it is`, {
        hint: "write to another file, or remove this one first",
      });
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new Fault("input.invalid", `can't write ${path}: ${reason}`, {}, error);
  }
}
