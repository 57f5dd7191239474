#!/usr/bin/env node
// Starts the CLI on a Node that runs TypeScript as it is (24 or later): this one, or the one that was installed with
// the checkout. Plain JavaScript, as the Node that reads it may be older.
import { spawn } from "node:child_process";
import * as nodeModule from "node:module";
import { constants } from "node:os";
import { isatty } from "node:tty";
import { fileURLToPath } from "node:url";

const main = new URL("../src/main.ts", import.meta.url);

if (Number(process.versions.node.split(".")[0]) >= 24) {
  // Where `npm start` keeps it, too: what was compiled once is not compiled again. Where nothing can be written, nothing is kept.
  nodeModule.enableCompileCache(fileURLToPath(new URL("../../../node_modules/.cache/node", import.meta.url)));
  await import(main.href);
} else {
  const self = fileURLToPath(import.meta.url);
  const child = spawn(findNode(), [self, ...process.argv.slice(2)], { stdio: "inherit" });
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  // A terminal sends these two to both of us, and who gets a second Ctrl-C ends at once.
  for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => isatty(0) || child.kill(signal));
  child.on("error", fail);
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

function findNode() {
  try {
    return nodeModule
      .createRequire(import.meta.url)
      .resolve(`node-${process.platform}-${process.arch}/bin/node`);
  } catch {
    return fail();
  }
}

function fail() {
  process.stderr.write(`postern needs Node 24 or later; this is ${process.version}\n`);
  process.exit(1);
}
