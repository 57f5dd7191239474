import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { defaultDataDir } from "./options.ts";
import { readyText } from "./ready.ts";

const running = { http: "http://localhost:3080", pg: "localhost:5440", user: "alice", password: "p-_1" };

test("the line that starts with ready comes last, and names both addresses", () => {
  const lines = readyText(running, { dataDir: defaultDataDir });
  expect(lines.filter((line) => line.startsWith("ready"))).toEqual([lines.at(-1)]);
  expect(lines.at(-1)).toMatch(/http:\/\/localhost:3080.*localhost:5440/);
});

test("the audit log is read with the identity in the data folder, where that isn't the checkout's", () => {
  const audit = (dataDir: string) =>
    readyText(running, { dataDir }).find((line) => line.includes("audit ls"));
  expect(audit(defaultDataDir)).not.toContain("--data-dir");
  expect(audit("/other")).toContain("--data-dir='/other'");
});

test("what is to be typed means the same to a shell, whatever the path holds", () => {
  const dataDir = '/tmp/it\'s $HOME `id` "a" \\ b';
  const line = readyText(running, { dataDir }).find((each) => each.includes("audit ls")) ?? "";
  const words = line.trim().replace("npx", "printf '%s\\n'");
  expect(execFileSync("sh", ["-c", words], { encoding: "utf8" }).split("\n")).toContain(
    `--data-dir=${dataDir}`,
  );
});
