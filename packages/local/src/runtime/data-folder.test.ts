import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDataFolder, wipeDataFolder } from "./data-folder.ts";

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "postern data-"));
});
afterEach(() => rmSync(parent, { recursive: true }));

const isRoot = process.getuid?.() === 0;
const refusal = { code: "input.invalid", data: { hint: expect.stringContaining("--data-dir") } };

test("it is made for its owner alone, with the folders that lead to it", () => {
  const path = join(parent, "a", "b ü");
  openDataFolder(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  openDataFolder(path);
});

describe("refused, with what to do, is", () => {
  test("a file in its place, or on the way to it", () => {
    const file = join(parent, "file");
    writeFileSync(file, "");
    expect(() => openDataFolder(file)).toThrow(expect.objectContaining(refusal));
    expect(() => openDataFolder(join(file, "below"))).toThrow(expect.objectContaining(refusal));
  });

  test.each([0o720, 0o702, 0o777])("one that others may write to (%o)", (mode) => {
    const path = join(parent, "open");
    mkdirSync(path);
    chmodSync(path, mode);
    expect(() => openDataFolder(path)).toThrow(expect.objectContaining(refusal));
    expect(statSync(path).mode & 0o777).toBe(mode);
  });

  test.runIf(isRoot)("another user's", () => {
    const path = join(parent, "theirs");
    mkdirSync(path, { mode: 0o700 });
    chownSync(path, 12_345, 12_345);
    expect(() => openDataFolder(path)).toThrow(expect.objectContaining(refusal));
    expect(readdirSync(path)).toEqual([]);
  });
});

test("a wipe takes all that is ours, and leaves what is not, and the lock", () => {
  const folder = openDataFolder(join(parent, "data"));
  const { path, lock, keys, ...files } = folder;
  const own = Object.values(files).filter((file) => typeof file === "string" && file !== files.run);
  for (const file of [...own, `${files.sqlite}-wal`, lock, folder.key("host-ca"), join(path, "theirs")])
    writeFileSync(String(file), "");
  wipeDataFolder(folder);
  expect(readdirSync(path).toSorted()).toEqual(["keys", "run.lock", "theirs"]);
  expect(existsSync(keys)).toBe(true);
  expect(readdirSync(keys)).toEqual([]);
});
