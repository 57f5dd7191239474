/** Bundles sst.config.ts as the `sst` command does, so that the real components run (pkg/js and pkg/project in SST). */
import { readFileSync } from "node:fs";
import type { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type * as Esbuild from "esbuild";
import type { App, SourceEdit } from "./graph.ts";
import { platformDirectory, root, sstDirectory } from "./platform.ts";

interface BundleOptions {
  readonly code: string;
  readonly outfile: string;
  readonly banner?: string;
  /** Stands before every module that isn't SST's: how `sst` and `aws` become global. */
  readonly globals?: string;
  readonly define?: Record<string, string>;
  readonly inject?: string[];
  readonly edits?: readonly SourceEdit[];
  /** Left out of the bundle. */
  readonly external?: string[];
}

/** What `app()` of sst.config.ts answers for a stage. */
export async function loadApp(require: NodeRequire, outfile: string, stage: string): Promise<App> {
  await bundle(require, {
    code: `export { default } from ${JSON.stringify(path.join(root, "sst.config.ts"))};`,
    outfile,
    banner: "function $config(input) { return input }",
    // Imported by run() alone.
    external: ["./infra/*"],
  });
  const config: { default: { app(input: { stage: string }): Omit<App, "stage"> } } = await import(
    pathToFileURL(outfile).href
  );
  return { ...config.default.app({ stage }), stage };
}

export interface ProgramOptions {
  readonly app: App;
  /** Where components put what they build: a folder of this evaluation's own. */
  readonly work: string;
  readonly edits: readonly SourceEdit[];
}

/** `run()` of sst.config.ts with SST's transformations around it, ready to be given to Pulumi. */
export async function loadProgram(
  require: NodeRequire,
  outfile: string,
  { app, work, edits }: ProgramOptions,
): Promise<() => Promise<unknown>> {
  await bundle(require, {
    code: `
      import { run } from ${JSON.stringify(path.join(platformDirectory, "src/auto/run.ts"))};
      import config from ${JSON.stringify(path.join(root, "sst.config.ts"))};
      export default () => run(config.run);`,
    outfile,
    edits,
    globals: providerImports(),
    inject: [path.join(platformDirectory, "src/shim/run.js")],
    define: {
      $app: JSON.stringify(app),
      $cli: JSON.stringify({
        command: "deploy",
        dev: false,
        paths: { home: sstDirectory, root, work, platform: platformDirectory },
        state: { version: {} },
      }),
      $dev: "false",
    },
  });
  const program: { default: () => Promise<unknown> } = await import(pathToFileURL(outfile).href);
  return program.default;
}

export type NodeRequire = ReturnType<typeof createRequire>;

function providerImports(): string {
  const providers: { alias: string; package: string }[] = JSON.parse(
    readFileSync(path.join(sstDirectory, "provider-lock.json"), "utf8"),
  );
  const components = JSON.stringify(path.join(platformDirectory, "src/components"));
  return [
    ...providers.map(({ alias, package: name }) => `import * as ${alias} from "${name}";`),
    `import * as sst from ${components};`,
  ].join("\n");
}

async function bundle(require: NodeRequire, options: BundleOptions): Promise<void> {
  const { globals = "", edits = [], external = [] } = options;
  const esbuild: typeof Esbuild = require("esbuild");
  await esbuild.build({
    stdin: { contents: options.code, resolveDir: root, sourcefile: "evaluate.ts", loader: "ts" },
    outfile: options.outfile,
    banner: { js: `${NODE_GLOBALS}\n${options.banner ?? ""}` },
    define: options.define ?? {},
    inject: options.inject ?? [],
    bundle: true,
    format: "esm",
    platform: "node",
    mainFields: ["module", "main"],
    nodePaths: [path.join(platformDirectory, "node_modules")],
    external: [
      "@pulumi/*",
      "@pulumiverse/*",
      "@sst-provider/*",
      "@aws-sdk/*",
      "undici",
      "esbuild",
      "archiver",
      "glob",
      "vite",
      ...external,
    ],
    plugins: [editedSources(globals, edits)],
    logLevel: "error",
  });
  const missed = edits.find((edit) => !applied.has(edit));
  if (missed !== undefined) throw new Error(`${missed.file} is no part of the program`);
}

const applied = new Set<SourceEdit>();

function editedSources(globals: string, edits: readonly SourceEdit[]): Esbuild.Plugin {
  return {
    name: "edited-sources",
    setup(build) {
      build.onLoad({ filter: /\.(js|ts)$/ }, ({ path: file }) => {
        if (file.startsWith(sstDirectory)) return undefined;
        const own = edits.filter((edit) => path.join(root, edit.file) === file);
        const contents = own.reduce(applyEdit, readFileSync(file, "utf8"));
        return { contents: `${globals}\n${contents}`, loader: "default" };
      });
    },
  };
}

/** An edit that finds its text nowhere or twice would test nothing, or something else. */
function applyEdit(source: string, edit: SourceEdit): string {
  if (source.split(edit.find).length !== 2) {
    throw new Error(`${edit.file} does not hold exactly once: ${edit.find}`);
  }
  applied.add(edit);
  return source.replace(edit.find, () => edit.replace);
}

/** CommonJS names that SST's components use in a bundle of ES modules. */
const NODE_GLOBALS = `
import { createRequire as topLevelCreateRequire } from "node:module";
import { fileURLToPath as topLevelFileUrlToPath } from "node:url";
const require = topLevelCreateRequire(import.meta.url);
const __filename = topLevelFileUrlToPath(import.meta.url);
const __dirname = topLevelFileUrlToPath(new URL(".", import.meta.url));`;
