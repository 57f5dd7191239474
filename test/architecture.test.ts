/** The directions of DESIGN.md's layout, read off the sources. */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));

/** Which packages of ours each may import. Nobody imports functions, proxy, cli and web but local. */
const mayImport: Record<string, readonly string[]> = {
  core: [],
  wire: [],
  store: ["core"],
  control: ["core", "store"],
  client: ["core"],
  functions: ["control", "core", "store"],
  proxy: ["client", "core", "wire"],
  cli: ["client", "core", "wire"],
  web: ["client", "core"],
  local: ["control", "core", "functions", "store", "web", "wire"],
};

/** What only certain places may import; each place is the beginning of a path. */
const onlyIn: readonly { module: RegExp; places: readonly string[] }[] = [
  { module: /^@aws-sdk\/client-dynamodb/, places: ["packages/store/"] },
  {
    module: /^@aws-sdk\/(?!client-dynamodb)/,
    places: ["packages/control/src/cloud/", "packages/proxy/src/host/iam-proof.ts"],
  },
  {
    module: /^node:(net|tls)$/,
    places: ["packages/proxy/", "packages/local/", "packages/cli/src/tunnel/"],
  },
  { module: /^sst($|\/)/, places: ["functions/src/env.ts"] },
  { module: /^esbuild$/, places: ["packages/web/src/build.ts"] },
  { module: /^react(-dom)?($|\/)/, places: ["packages/web/src/"] },
  {
    module: /^node:child_process$/,
    places: [
      "packages/local/",
      "packages/cli/src/psql.ts",
      "packages/cli/src/shell/pager.ts",
      "packages/cli/src/editor.ts",
    ],
  },
];

/** Pure packages, and those that browsers load: no I/O, so no module of Node but these. */
const nodeModulesOf: Record<string, readonly string[]> = {
  core: [],
  wire: ["node:crypto"],
  client: [],
  web: [],
};
/** Makes what browsers load, and isn't loaded by them. */
const webBuild = "packages/web/src/build.ts";

interface Import {
  readonly file: string;
  readonly owner: string;
  readonly module: string;
  readonly typeOnly: boolean;
}

const isTestCode = (file: string) => /\.(test|fixture)\.ts$|\/(test-support|contract)\//.test(file);

function readImports(): Import[] {
  const files = globSync(["packages/*/src/**/*.{ts,tsx}", "functions/src/**/*.ts"], { cwd: root });
  return files
    .filter((file) => !isTestCode(file))
    .flatMap((file) => importsOf(file, readFileSync(root + file, "utf8")));
}

function importsOf(file: string, source: string): Import[] {
  const owner = file.startsWith("functions/") ? "functions" : (file.split("/")[1] ?? "");
  const pattern =
    /^(?:import|export)\s(type\s)?[^"';]*?from\s+"([^"]+)"|\bimport\(\s*"([^"]+)"|^import\s+"([^"]+)"/gm;
  return [...source.matchAll(pattern)].map(([, type, from, dynamic, bare]) => ({
    file,
    owner,
    module: from ?? dynamic ?? bare ?? "",
    typeOnly: type !== undefined,
  }));
}

function violations(imports: readonly Import[]): string[] {
  return imports.flatMap(({ file, owner, module, typeOnly }) => {
    const found: string[] = [];
    const [, ours] = /^@postern\/([^/]+)/.exec(module) ?? [];
    if (ours !== undefined && ours !== owner && !mayImport[owner]?.includes(ours)) found.push("direction");
    if (module.startsWith("..") && leavesPackage(file, module)) found.push("reaches into another package");
    const rule = onlyIn.find((each) => each.module.test(module));
    if (rule && !typeOnly && !rule.places.some((place) => file.startsWith(place))) found.push("not here");
    const allowed = file === webBuild ? undefined : nodeModulesOf[owner];
    if (allowed && module.startsWith("node:") && !typeOnly && !allowed.includes(module))
      found.push("not pure");
    return found.map((why) => `${file}: ${module} (${why})`);
  });
}

function leavesPackage(file: string, module: string): boolean {
  const path = new URL(module, `file:///${file}`).pathname.slice(1);
  const packageOf = (each: string) =>
    each
      .split("/")
      .slice(0, each.startsWith("packages/") ? 2 : 1)
      .join("/");
  return packageOf(path) !== packageOf(file);
}

test("imports go one way, and dangerous modules stay where they belong", () => {
  const imports = readImports();
  expect(imports.length).toBeGreaterThan(200);
  expect(violations(imports)).toEqual([]);
});

test("the rules see what breaks them", () => {
  const bad = (file: string, source: string) => violations(importsOf(file, source)).length;
  expect(bad("packages/core/src/x.ts", 'import { y } from "@postern/store/port";')).toBe(1);
  expect(bad("packages/core/src/x.ts", 'import { readFileSync } from "node:fs";')).toBe(1);
  expect(bad("packages/control/src/x.ts", 'import net from "node:net";')).toBe(1);
  expect(bad("packages/control/src/x.ts", 'const { x } = await import("@postern/proxy/main");')).toBe(1);
  expect(bad("functions/src/handlers/x.ts", 'import { Resource } from "sst";')).toBe(1);
  expect(bad("packages/wire/src/x.ts", 'import { x } from "../../core/src/fault.ts";')).toBe(1);
  expect(bad("packages/control/src/x.ts", 'import {\n  A,\n} from "@aws-sdk/client-dynamodb";')).toBe(1);
  expect(bad("packages/web/src/x.tsx", 'import { x } from "@postern/control/x";')).toBe(1);
  expect(bad("packages/web/src/page/x.tsx", 'import { readFileSync } from "node:fs";')).toBe(1);
  expect(bad("functions/src/x.ts", 'import { buildConsole } from "@postern/web/build";')).toBe(1);
  expect(bad("packages/proxy/src/x.ts", 'import net from "node:net";')).toBe(0);
  expect(bad("packages/web/src/build.ts", 'import { build } from "esbuild";')).toBe(0);
});
