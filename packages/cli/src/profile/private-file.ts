/** Files that hold keys: for their owner's eyes alone, and whole or not there. */
import { randomUUID } from "node:crypto";
import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { Fault } from "@postern/core/fault";

/** Undefined where there is no such file. Throws Fault `input.invalid` where others may read it. */
export function readPrivateFile(file: string): string | undefined {
  const handle = openIfThere(file);
  if (handle === undefined) return undefined;
  try {
    if ((fstatSync(handle).mode & 0o077) === 0) return readFileSync(handle, "utf8");
  } finally {
    closeSync(handle);
  }
  throw new Fault("input.invalid", `${file} holds a key and can be read by others`, {
    hint: `chmod 600 '${file}'`,
  });
}

/** Written beside the file and put in its place at once, so that no reader ever sees half of it. */
export function writePrivateFile(file: string, content: string): void {
  const draft = `${file}.${randomUUID()}`;
  const handle = openSync(draft, "wx", 0o600);
  try {
    writeFileSync(handle, content);
    fsyncSync(handle);
    renameSync(draft, file);
  } finally {
    closeSync(handle);
    rmSync(draft, { force: true });
  }
}

function openIfThere(file: string): number | undefined {
  try {
    return openSync(file, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
