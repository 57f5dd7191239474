/** Reads `test/vectors`; its README tells the format. */
import { readdirSync, readFileSync } from "node:fs";
import { CString } from "../cstring.ts";

const folder = new URL("../../../../test/vectors/", import.meta.url);

export type Vector = {
  readonly name: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly bytes: Uint8Array;
};

export const VECTORS: readonly Vector[] = readdirSync(folder)
  .filter((file) => file.endsWith(".txt"))
  .map((file) => parse(file, readFileSync(new URL(file, folder), "utf8")));

function parse(file: string, text: string): Vector {
  const [head = "", hex = ""] = text.split("\n\n");
  const lines = head.split("\n").filter((line) => !line.startsWith("#"));
  const headers = new Map(lines.map((line) => [line.split(": ", 1).join(), line.replace(/^\w+: /, "")]));
  // Not a view into Buffer's pool, whose class would show in comparisons.
  const bytes = Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ""), "hex"));
  return { name: file.replace(".txt", ""), headers, bytes };
}

/** A message as the `message` header writes it. */
export function toJson(value: unknown): unknown {
  if (value instanceof CString) return value.utf8.includes("\ufffd") ? toJson(value.bytes) : value.utf8;
  if (value instanceof Uint8Array) return { hex: Buffer.from(value).toString("hex") };
  if (value instanceof Map) return Object.fromEntries(value);
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toJson(each)]));
}
