/** Lets a person change a text in the editor of his choice. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fault, isFault } from "@postern/core/fault";
import { readText } from "./input/text.ts";
import { leaving } from "./signals.ts";

/**
 * Runs $VISUAL, $EDITOR or vi on a file of its own that nobody else may read, then `accept` on what became of it. Undefined
 * where nothing was changed. What isn't accepted stays in its file, and the error says where.
 */
export async function editText<T>(
  name: string,
  text: string,
  accept: (edited: string, file: string) => Promise<T>,
): Promise<T | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "postern-edit-"));
  const file = join(folder, name);
  writeFileSync(file, text, { mode: 0o600, flag: "wx" });
  let result: T | undefined;
  try {
    await runEditor(file);
    const edited = await readText(file);
    if (edited !== text) result = await accept(edited, file);
  } catch (error) {
    if ((await readText(file).catch(() => undefined)) !== text) throw keeping(error, file);
    rmSync(folder, { recursive: true });
    throw error;
  }
  rmSync(folder, { recursive: true });
  return result;
}

/** By the shell, as git does: the variable may hold arguments. Ctrl-C is the editor's. */
async function runEditor(file: string): Promise<void> {
  const editor = process.env["VISUAL"] || process.env["EDITOR"] || "vi";
  const child = spawn("/bin/sh", ["-c", `${editor} "$@"`, editor, file], { stdio: "inherit" });
  const [code] = (await leaving("SIGINT", () => once(child, "close"))) as [number | null];
  if (code === 0) return;
  throw new Fault("input.invalid", `the editor \`${editor}\` failed: nothing was changed`, {
    hint: "set VISUAL or EDITOR to another",
  });
}

function keeping(error: unknown, file: string): unknown {
  if (!isFault(error)) return error;
  const kept = `your text is kept: postern create --force -f '${file}'`;
  const hint = error.data.hint === undefined ? kept : `${error.data.hint}; ${kept}`;
  return new Fault(error.code, error.message, { ...error.data, hint });
}
