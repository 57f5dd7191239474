import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { ConsoleFiles } from "@postern/core/api/console";
import { functionNames } from "@postern/core/api/route";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeConsole } from "../../infra/console.ts";
import { root } from "./support/platform.ts";

const run = promisify(execFile);

/** What SST's links show to code at run time. */
const linked = {
  App: { name: "postern", stage: "test" },
  Table: { name: "table" },
  UserCaKey: { keyId: "user-ca" },
  AccessTokenKey: { keyId: "access-token" },
  HostCaKey: { keyId: "host-ca" },
  Bus: { name: "bus" },
  Settings: {
    clusterName: "postern-test-us-east-1",
    publicUrl: "https://postern.example.com",
    proxyNames: "db.example.com",
  },
};

describe("a function's entry point", () => {
  let out: string;

  beforeAll(async () => {
    out = await mkdtemp(path.join(tmpdir(), "postern-bundle-"));
    await writeConsole(out);
  });
  afterAll(() => rm(out, { recursive: true, force: true }));

  for (const name of functionNames) {
    const entry = path.join(root, "functions", "src", `${name}.ts`);
    test.skipIf(!existsSync(entry))(
      `${name}.ts bundles as SST bundles it, and the bundle loads`,
      async () => {
        const bundle = path.join(out, `${name}.mjs`);
        await bundleAsSst(entry, bundle);
        await expect(evaluate(bundle, "typeof handler")).resolves.toBe("function");
      },
    );
  }

  test("web.ts answers with the console beside it, which is far below what Lambda lets out", async () => {
    const bundle = path.join(out, "web.mjs");
    const call = `handler({ headers: {}, requestContext: { http: { method: "GET", path: "/" } } })`;
    const { body } = JSON.parse(await evaluate(bundle, `JSON.stringify(await ${call})`)) as { body: string };
    expect(body).toContain('<div id="root">');
    const files = JSON.parse(await readFile(path.join(out, "console.json"), "utf8")) as ConsoleFiles;
    const sizes = Object.values(files).map((text) => Buffer.byteLength(text));
    expect(Math.max(...sizes)).toBeLessThan(2_000_000); // of 6 MB
  });
});

/** The options of SST's builder (pkg/runtime/node/build.go) that decide whether a bundle works. */
async function bundleAsSst(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    target: "es2024",
    format: "esm",
    mainFields: ["module", "main"],
    minify: true,
    keepNames: true,
    logLevel: "silent",
    banner: {
      js: `import { createRequire as topLevelCreateRequire } from "module";
import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url";
const require = topLevelCreateRequire(import.meta.url);
const __filename = topLevelFileUrlToPath(import.meta.url);
const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url));`,
    },
  });
}

/** In a process of its own, with nothing in its environment but what Lambda and the links give. */
async function evaluate(bundle: string, expression: string): Promise<string> {
  const links = Object.entries(linked).map(([name, value]) => [
    `SST_RESOURCE_${name}`,
    JSON.stringify(value),
  ]);
  const script = `const { handler } = await import(${JSON.stringify(bundle)}); process.stdout.write(${expression})`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], {
    env: { ...Object.fromEntries(links), AWS_REGION: "us-east-1" },
  });
  return stdout;
}
