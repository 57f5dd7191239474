import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadSettings, saveSettings } from "./settings.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-settings-"));
  file = join(folder, "settings.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

test("what the first start chose is kept, and each folder's is its own", () => {
  const settings = loadSettings(file);
  expect(settings.aws.access_key_id).toMatch(/^AKIA[A-Z2-7]{16}$/);
  expect(loadSettings(file)).toEqual(settings);
  expect(loadSettings(join(folder, "other")).demo_password).not.toBe(settings.demo_password);
  saveSettings(file, { ...settings, aurora_port: 5 });
  expect(loadSettings(file)).toEqual({ ...settings, aurora_port: 5 });
});

test.each(["", "half a file {", "{}", '{"unknown":1}', "null"])(
  "a file that holds %j is refused, saying how to begin anew",
  (text) => {
    writeFileSync(file, text);
    expect(() => loadSettings(file)).toThrow(
      expect.objectContaining({ code: "input.invalid", data: { hint: expect.stringContaining("--fresh") } }),
    );
  },
);
