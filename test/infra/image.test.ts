import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { root } from "./support/platform.ts";

test("the proxy's image holds the proxy, the packages that it is made of, and no other", async () => {
  const dockerfile = await read("packages/proxy/Dockerfile");
  const packages = [...(await closure("proxy"))].sort();
  expect(copied(dockerfile, /^COPY (packages\/\w+)\/package\.json /gm)).toEqual(packages);
  expect(copied(dockerfile, /^COPY (packages\/\w+)\/src /gm)).toEqual(packages);
});

test("SST finds the line in .dockerignore that it would add", async () => {
  expect((await read(".dockerignore")).split("\n")).toContain(".sst");
});

/** Folders of a package and of all of ours that it needs. */
async function closure(name: string, found = new Set<string>()): Promise<Set<string>> {
  found.add(`packages/${name}`);
  const manifest: { dependencies?: Record<string, string> } = JSON.parse(
    await read(`packages/${name}/package.json`),
  );
  for (const dependency of Object.keys(manifest.dependencies ?? {})) {
    const [, own] = /^@postern\/(.+)$/.exec(dependency) ?? [];
    if (own !== undefined && !found.has(`packages/${own}`)) await closure(own, found);
  }
  return found;
}

function copied(dockerfile: string, line: RegExp): string[] {
  return [...dockerfile.matchAll(line)].map(([, folder = ""]) => folder).sort();
}

async function read(file: string): Promise<string> {
  return await readFile(path.join(root, file), "utf8");
}
