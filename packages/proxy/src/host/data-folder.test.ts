import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDataFolder } from "./data-folder.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern data-"));
  path = join(folder, "state");
});

afterEach(() => rmSync(folder, { recursive: true }));

const mode = () => statSync(path).mode & 0o777;

test("a folder is made for its user alone, and one that others may read is closed to them", async () => {
  (await openDataFolder(path)).release();
  expect(mode()).toBe(0o700);
  chmodSync(path, 0o755);
  (await openDataFolder(path)).release();
  expect(mode()).toBe(0o700);
});

test("who may only pass through a folder still may", async () => {
  mkdirSync(path);
  chmodSync(path, 0o711);
  (await openDataFolder(path)).release();
  expect(mode()).toBe(0o711);
});

test("a folder that others may write to is refused, with what to type", async () => {
  mkdirSync(path);
  chmodSync(path, 0o770);
  await expect(openDataFolder(path)).rejects.toMatchObject({
    code: "input.invalid",
    data: { hint: expect.stringContaining("chmod 700") },
  });
});

test("one process at a time has the folder", async () => {
  const first = await openDataFolder(path);
  await expect(openDataFolder(path)).rejects.toMatchObject({ code: "resource.exists" });
  first.release();
  (await openDataFolder(path)).release();
});
