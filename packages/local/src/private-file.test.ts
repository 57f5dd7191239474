import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writePrivateFile } from "./private-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-private-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("its owner alone can read it, even where another file was open to all", () => {
  const file = join(folder, "secret");
  writeFileSync(file, "old", { mode: 0o644 });
  writePrivateFile(file, "new");
  expect([readFileSync(file, "utf8"), statSync(file).mode & 0o777]).toEqual(["new", 0o600]);
});

test("what can't be written leaves nothing behind", () => {
  const occupied = join(folder, "occupied");
  mkdirSync(join(occupied, "full"), { recursive: true });
  expect(() => writePrivateFile(occupied, "secret")).toThrow("EISDIR");
  expect(readdirSync(folder)).toEqual(["occupied"]);
});
