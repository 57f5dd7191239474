/** What the pages of docs/ tell people to type, and the resources in them, are taken as they are written. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseLine } from "@postern/cli/test-support/example-line";
import { parseResources } from "@postern/core/resource/parse";
import { describe, expect, test } from "vitest";
import { root } from "../support/local.ts";

/** Blocks of lines that are indented by four blanks, each as one text. */
function blocksOf(page: string): string[] {
  const text = readFileSync(join(root, "docs", page), "utf8");
  const blocks = text.split(/^(?! {4}|$).*$/m);
  return blocks.map((block) => block.replaceAll(/^ {4}/gm, "").trim()).filter((block) => block !== "");
}

const linesOf = (block: string) =>
  block
    .replaceAll(/ *\\\n */g, " ")
    .split("\n")
    .map((line) => line.replace(/^(?:POSTERN_\w+=\S+ )+/, ""))
    .filter((line) => /^(npx )?postern |\$\(postern /.test(line))
    .map((line) => line.replace(/ {3,}.*$/, "")); // a remark behind it

describe.each([
  "cli.md",
  "roles-and-users.md",
  "auditing.md",
  "console.md",
  "quick-start.md",
  "aurora.md",
  "join-by-iam.md",
  "database-service.md",
  "install.md",
  "troubleshooting.md",
])("%s", (page) => {
  const blocks = blocksOf(page);

  test.each(blocks.flatMap(linesOf))("%s", async (line) => {
    await expect(parseLine(line)).resolves.toBeUndefined();
  });

  const resources = blocks.filter((block) => block.startsWith("kind: "));
  test.runIf(resources.length > 0)("its resources are read", () => {
    for (const block of resources) expect(parseResources(block, page)).toHaveLength(1);
  });
});

test("a line that can't be typed is seen", async () => {
  await expect(parseLine("postern users update")).rejects.toThrow("missing required argument");
  await expect(parseLine("npx postern audit ls --sinc 1h")).rejects.toThrow("--since");
});
