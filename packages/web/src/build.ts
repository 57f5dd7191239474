/** Builds the console: its source in, the files that are served out, nothing written. For Node; the rest is for browsers. */
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ConsoleFiles } from "@postern/core/api/console";
import { Fault } from "@postern/core/fault";
import { type BuildFailure, type BuildResult, build, stop } from "esbuild";

/** What `index.html` names. */
const entryPoints = ["main.tsx", "style.css", "icon.svg"];

/** @throws Fault `internal` with the reason */
export async function buildConsole(): Promise<ConsoleFiles> {
  // By its name, not by this file's place: this may have been bundled elsewhere, as `sst` does.
  const source = dirname(fileURLToPath(import.meta.resolve("@postern/web/main")));
  try {
    const [page, built] = await Promise.all([readFile(join(source, "index.html"), "utf8"), bundle(source)]);
    return { "index.html": nameAssets(page, built), ...assetsOf(built) };
  } catch (error) {
    const hint = "delete node_modules and install again";
    throw new Fault("internal", `the web console can't be built: ${reasonOf(error)}`, { hint }, error);
  } finally {
    // esbuild is a process of its own, which would wait for more.
    await stop();
  }
}

type Built = BuildResult<{ write: false; metafile: true }>;

function bundle(source: string): Promise<Built> {
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
  const outputs = Object.entries(metafile.outputs);
  return outputs.reduce(
    (text, [path, { entryPoint }]) => text.replace(`"${entryPoint}"`, `"/assets/${basename(path)}"`),
    page,
  );
}

/** esbuild's own message lists every mistake with its place; the first says enough. */
function reasonOf(error: unknown): string {
  const { errors: [first] = [] } = error as Partial<BuildFailure>; // or another error, which has none
  return first?.text ?? String(error);
}
