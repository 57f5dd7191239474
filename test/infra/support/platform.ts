/** SST's platform: the components that `sst install` unpacks into `.sst`, with Pulumi's packages from the npm registry. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

export const root = path.resolve(import.meta.dirname, "../../..");
export const sstDirectory = path.join(root, ".sst");
export const platformDirectory = path.join(sstDirectory, "platform");

const lock = path.join(root, "node_modules", ".cache", "postern-sst-install.lock");

export type Platform = { type: "ready" } | { type: "unreachable"; message: string };

/**
 * Installs the platform where this version's is missing, once however many test files ask. Takes half a minute and the
 * npm registry, and neither AWS nor credentials.
 */
export async function ensurePlatform(): Promise<Platform> {
  if (isInstalled()) return { type: "ready" };
  await mkdir(path.dirname(lock), { recursive: true });
  if (!(await tryLock())) return waitForOther();
  try {
    return await install();
  } finally {
    await rm(lock, { force: true });
  }
}

async function install(): Promise<Platform> {
  if (!(await isRegistryReachable())) {
    const message =
      "The infra tests are skipped: SST's platform isn't installed and the npm registry can't be reached. " +
      "Run them once with the registry at hand; .sst keeps what they need.";
    console.warn(message);
    return { type: "unreachable", message };
  }
  await run(path.join(root, "node_modules", ".bin", "sst"), ["install", "--stage", "ci"], {
    cwd: root,
    env: { ...process.env, ...offline },
  });
  await writeFile(marker(), "");
  return { type: "ready" };
}

/** SST would fetch Pulumi and Bun from GitHub, look for credentials at EC2's metadata address, and report home. */
const offline = {
  SST_SKIP_DEPENDENCY_CHECK: "1",
  SST_NO_BUN: "1",
  SST_TELEMETRY_DISABLED: "1",
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_ACCESS_KEY_ID: "none",
  AWS_SECRET_ACCESS_KEY: "none",
};

async function isRegistryReachable(): Promise<boolean> {
  try {
    // A package that the install needs: not every mirror answers `npm ping`.
    await run("npm", ["view", "@pulumi/aws", "name", "--fetch-retries=0", "--fetch-timeout=10000"], {
      cwd: root,
    });
    return true;
  } catch {
    return false;
  }
}

function isInstalled(): boolean {
  return existsSync(marker());
}

/** Written when the install is through, and named after the version, so that an upgrade installs again. */
function marker(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(path.join(root, "node_modules", "sst", "package.json"), "utf8"),
  );
  return path.join(sstDirectory, `installed-${manifest.version}`);
}

async function tryLock(): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    return false;
  }
}

async function waitForOther(): Promise<Platform> {
  while (existsSync(lock)) {
    if (!isAlive(Number(readFileSync(lock, "utf8")))) await rm(lock, { force: true });
    await delay(200);
  }
  return ensurePlatform();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
