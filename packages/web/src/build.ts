/** Builds the console: its source in, the files that are served out, nothing written. For Node; the rest is for browsers. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ConsoleFiles } from "@postern/core/api/console";
import { Fault } from "@postern/core/fault";
import type * as Esbuild from "esbuild";

/** What `index.html` names. */
const entryPoints = ["main.tsx", "style.css", "icon.svg"];

/** By its name, not by this file's place: this may have been bundled elsewhere, as `sst` does. */
const main = import.meta.resolve("@postern/web/main");
const source = dirname(fileURLToPath(main));

type Bundler = Pick<typeof Esbuild, "build" | "stop">;

/** @throws Fault `internal` with the reason */
export async function buildConsole(load = loadBundler): Promise<ConsoleFiles> {
  try {
    return await buildWith(load());
  } catch (error) {
    const hint = "delete node_modules and install again";
    throw new Fault("internal", `the web console can't be built: ${reasonOf(error)}`, { hint }, error);
  }
}

/** Our own: `sst` has one of another version beside what it bundles. */
function loadBundler(): Bundler {
  return createRequire(main)("esbuild") as Bundler; // `require` knows no types
}

async function buildWith({ build, stop }: Bundler): Promise<ConsoleFiles> {
  try {
    const [page, built] = await Promise.all([readFile(join(source, "index.html"), "utf8"), bundle(build)]);
    return { "index.html": nameAssets(page, built), ...assetsOf(built) };
  } finally {
    // esbuild is a process of its own, which would wait for more.
    await stop();
  }
}

type Built = Esbuild.BuildResult<{ write: false; metafile: true }>;

function bundle(build: Bundler["build"]): Promise<Built> {
  return build({
    absWorkingDir: source,
    entryPoints,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    outdir: "assets",
    entryNames: "[name]-[hash]",
    format: "esm",
    target: "es2023",
    jsx: "automatic",
    loader: { ".svg": "copy" },
    define: { "process.env.NODE_ENV": '"production"' },
    legalComments: "none",
    logLevel: "silent",
  });
}

function assetsOf({ outputFiles }: Built): ConsoleFiles {
  return Object.fromEntries(outputFiles.map(({ path, text }) => [basename(path), text]));
}

/** In place of each source file the asset that it was built to. */
function nameAssets(page: string, { metafile }: Built): string {
  const assets = new Map(
    Object.entries(metafile.outputs).map(([path, { entryPoint }]) => [entryPoint, basename(path)]),
  );
  return entryPoints.reduce((text, entryPoint) => {
    const asset = assets.get(entryPoint);
    if (asset === undefined) throw new Error(`it is not said what became of ${entryPoint}`);
    return text.replace(`"${entryPoint}"`, `"/assets/${asset}"`);
  }, page);
}

/** esbuild's own message lists every mistake with its place; the first says enough. */
function reasonOf(error: unknown): string {
  const { errors: [first] = [] } = error as Partial<Esbuild.BuildFailure>; // or another error, which has none
  return first?.text ?? String(error);
}
