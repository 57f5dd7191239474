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
import type { z } from "zod";
import { reasonOf, systemCode } from "../system-error.ts";

/** Undefined where there is no such file. Throws Fault `input.invalid` where others may read it. */
export function readPrivateFile(file: string): string | undefined {
  const handle = openIfThere(file);
  if (handle === undefined) return undefined;
  try {
    if ((fstatSync(handle).mode & 0o077) === 0) return readFileSync(handle, "utf8");
  } finally {
    closeSync(handle);
  }
  throw new Fault("input.invalid", `${file} can be read by others`, {
    hint: `chmod 600 '${file}'`,
  });
}

/** The same for JSON. Throws Fault `input.invalid`, with the hint, for what the schema doesn't know. */
export function readPrivateJson<T>(file: string, schema: z.ZodType<T>, hint: string): T | undefined {
  const text = readPrivateFile(file);
  if (text === undefined) return undefined;
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new Fault("input.invalid", `${file} holds something else than it should`, { hint }, parsed.error);
}

/**
 * Written beside the file and put in its place at once, so that no reader ever sees half of it, and a full disk leaves what
 * was there before.
 */
export function writePrivateFile(file: string, content: string | Uint8Array): void {
  try {
    replaceFile(file, content);
  } catch (error) {
    throw new Error(`can't write ${file}: ${reasonOf(error)}`, { cause: error });
  }
}

function replaceFile(file: string, content: string | Uint8Array): void {
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
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Undefined for what is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
