/**
 * Installs what is missing, before `npm start` and `npm test` (package.json: prestart, pretest). Plain JavaScript for Node 20 with no
 * dependency, because it runs before there are any. When nothing is missing it touches neither the network nor the disk.
 *
 *     node packages/local/install.mjs [--with-dev]
 *
 * What is there is read from npm's own record, node_modules/.package-lock.json, so an `npm ci` by hand counts too.
 * Everything printed goes to stderr: stdout belongs to the program that starts next.
 */
import { spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const lock = join(root, ".postern", "install.lock");
const bundledNode = join(root, "node_modules", ".bin", "node");
const lockOwner = join(lock, "pids");
const heartbeatMs = 5_000;
const staleAfterMs = 60_000;
const waitForOtherMs = 600_000;
const neededNode = 24;

async function main() {
  const withDev = process.argv.includes("--with-dev");
  if (!isInstalled(withDev)) await installUnderLock(withDev);
  linkNode();
  assertNode();
}

/** Whether node_modules holds, in the lockfile's versions, all that the lockfile asks for. What it holds besides does no harm. */
function isInstalled(withDev) {
  const wanted = readPackages("package-lock.json");
  const present = readPackages(join("node_modules", ".package-lock.json"));
  return Object.keys(wanted).every((path) => {
    const required = isRequired(path, wanted[path]) && (withDev || !wanted[path].dev);
    return !required || isSame(wanted[path], present[path]);
  });
}

function readPackages(file) {
  try {
    return JSON.parse(fs.readFileSync(join(root, file), "utf8")).packages;
  } catch (error) {
    if (error.code === "ENOENT") return {};
    throw error;
  }
}

/** Optional packages are npm's business: it skips those of other platforms, and whoever needs one says what is missing. */
function isRequired(path, entry) {
  return path.includes("node_modules/") && !entry.optional && !entry.devOptional && !entry.extraneous;
}

function isSame(wanted, present) {
  return (
    present !== undefined &&
    present.version === wanted.version &&
    present.integrity === wanted.integrity &&
    present.link === wanted.link
  );
}

async function installUnderLock(withDev) {
  const interrupted = await takeLock();
  const heartbeat = setInterval(() => fs.utimesSync(lockOwner, new Date(), new Date()), heartbeatMs);
  try {
    // Half a package looks whole to npm, so what an interrupted install left behind goes.
    if (interrupted) fs.rmSync(join(root, "node_modules"), { recursive: true, force: true });
    // Another install may have done it while this one waited.
    if (!isInstalled(withDev)) await runNpm(npmArguments(withDev));
    if (!isInstalled(withDev)) throw new Error("package.json and package-lock.json disagree");
  } finally {
    clearInterval(heartbeat);
    fs.rmSync(lock, { recursive: true, force: true });
  }
}

/**
 * Not `npm ci`: it would delete what a running `npm start` still loads from, and it refuses a lockfile that lacks other platforms'
 * packages. `--no-save` keeps npm's hands off the lockfile, and what was installed is compared with it afterwards.
 */
function npmArguments(withDev) {
  const quiet = ["--loglevel=error", "--no-audit", "--no-fund", "--no-progress", "--no-update-notifier"];
  // No package's install script runs: what they would do (links for PostgreSQL's libraries) is done where it is needed.
  const fixed = ["--no-save", "--ignore-scripts", "--include=optional", "--engine-strict=false"];
  return ["install", withDev ? "--include=dev" : "--omit=dev", ...fixed, ...quiet];
}

function runNpm(args) {
  say(`installing what is missing; the first time takes about a minute`);
  const [command, ...first] = npmCommand();
  const npm = spawn(command, [...first, ...args], {
    cwd: root,
    env: npmEnvironment(),
    stdio: ["ignore", 2, 2],
  });
  if (npm.pid !== undefined) fs.writeFileSync(lockOwner, `${process.pid} ${npm.pid}`);
  let stopped = false;
  const stop = (signal) => {
    stopped = true;
    npm.kill(signal);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);
  return new Promise((resolve, reject) => {
    npm.once("error", (error) => reject(new Error(`npm can't be started: ${error.message}`)));
    npm.once("exit", (code, signal) => {
      // The lock stays, with dead owners: that tells the next start that this install was interrupted.
      if (stopped || signal !== null) process.exit(1);
      if (code === 0) resolve();
      else reject(new Error(`npm install failed with exit code ${code}; its own message is above`));
    });
  });
}

/** The npm that runs us, under the node that runs it: node_modules/.bin/node may be about to be replaced. */
function npmCommand() {
  const { npm_execpath: cli, npm_node_execpath: node } = process.env;
  return cli && basename(cli) === "npm-cli.js" ? [node ?? process.execPath, cli] : ["npm"];
}

/**
 * npm hands its configuration to scripts as npm_config_*. Of that only where and how to fetch is meant for this install; what was meant
 * for the command outside (--workspace, --omit, --dry-run, --prefix) would install the wrong thing or nothing.
 */
function npmEnvironment() {
  const fetching =
    /^npm_config_(registry|@.+:registry|\/\/.+|(user|global)config|cache|cafile|ca|(https?_)?proxy|noproxy|strict_ssl|offline|prefer_offline|fetch_.+|maxsockets)$/i;
  const kept = ([name]) => !/^npm_/i.test(name) || fetching.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(kept));
}

/** @returns {Promise<boolean>} whether an earlier install was interrupted and left its lock behind */
async function takeLock() {
  fs.mkdirSync(dirname(lock), { recursive: true, mode: 0o700 });
  const giveUp = Date.now() + waitForOtherMs;
  for (let interrupted = false, waited = false; ; waited = true) {
    if (tryLock()) return interrupted;
    if (breakStaleLock()) interrupted = true;
    else {
      if (!waited) say("another install is running in this folder; waiting for it");
      if (Date.now() > giveUp)
        throw new Error(`another install holds ${lock}; if none is running, delete it`);
      await delay(200);
    }
  }
}

/** A folder that already names its owner is renamed into place, which fails if the lock is held: there is no moment without an owner. */
function tryLock() {
  const mine = fs.mkdtempSync(`${lock}-`);
  fs.writeFileSync(join(mine, "pids"), `${process.pid}`);
  try {
    fs.renameSync(mine, lock);
    return true;
  } catch (error) {
    fs.rmSync(mine, { recursive: true });
    if (error.code === "ENOTEMPTY" || error.code === "EEXIST") return false;
    throw error;
  }
}

/** Owners are this script and its npm. A living pid may be another program's by now, so the owner also touches the file as it goes. */
function breakStaleLock() {
  try {
    const owners = fs.readFileSync(lockOwner, "utf8");
    const touched = fs.statSync(lockOwner).mtimeMs;
    if (owners.split(" ").some(isAlive) && Date.now() - touched < staleAfterMs) return false;
    const aside = fs.mkdtempSync(`${lock}-stale-`);
    fs.renameSync(lock, aside);
    const sameOwners = fs.readFileSync(join(aside, "pids"), "utf8") === owners;
    if (sameOwners) fs.rmSync(aside, { recursive: true });
    else fs.renameSync(aside, lock); // another waiter was faster, and this is its lock
    return sameOwners;
  } catch (error) {
    if (error.code === "ENOENT") return false; // released in this very moment
    throw error;
  }
}

function isAlive(pid) {
  try {
    return process.kill(Number(pid), 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** npm 10 leaves out the commands of some optional packages, and one of them is the node that we bring. */
function linkNode() {
  const target = join("..", `node-${process.platform}-${process.arch}`, "bin", "node");
  if (fs.existsSync(bundledNode) || !fs.existsSync(join(dirname(bundledNode), target))) return;
  fs.symlinkSync(target, bundledNode);
}

/** npm puts node_modules/.bin first on the PATH of its scripts, so the node that comes with the packages is the one that will run. */
function assertNode() {
  const version = fs.existsSync(bundledNode)
    ? versionOf(fs.realpathSync(bundledNode))
    : process.versions.node;
  if (Number.parseInt(version, 10) >= neededNode) return;
  throw new Error(
    `Postern needs Node ${neededNode} or later and would run under ${version || "none that starts"}. It brings its own for Linux (glibc) and macOS on x64; ` +
      `if yours should be one of these, delete node_modules and start again, otherwise install Node ${neededNode} from https://nodejs.org`,
  );
}

function versionOf(node) {
  if (node === fs.realpathSync(process.execPath)) return process.versions.node;
  const { stdout } = spawnSync(node, ["-p", "process.versions.node"], { encoding: "utf8" });
  return (stdout ?? "").trim();
}

function say(message) {
  process.stderr.write(`postern: ${message}\n`);
}

try {
  await main();
} catch (error) {
  say(error.message);
  process.exitCode = 1;
}
