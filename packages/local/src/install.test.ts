import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const installer = fileURLToPath(new URL("../install.mjs", import.meta.url));

/** Instead of npm: notes how it was called, and installs what the lockfile says, or less. */
const npmCli = `
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
const args = process.argv.slice(2);
const env = Object.keys(process.env).filter((name) => name.startsWith("npm_"));
appendFileSync("calls", JSON.stringify({ args, env, found: existsSync("node_modules/leftover") }) + "\\n");
const behaviour = existsSync("behaviour") ? readFileSync("behaviour", "utf8") : "";
if (behaviour === "fail") process.exit(7);
const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
if (args.includes("--omit=dev")) for (const path in packages) if (packages[path].dev) delete packages[path];
if (behaviour === "wrong version") packages["node_modules/a"].version = "9.9.9";
await new Promise((resolve) => setTimeout(resolve, 300));
mkdirSync("node_modules/.bin", { recursive: true });
writeFileSync("node_modules/.package-lock.json", JSON.stringify({ packages }));
`;

const lockfile = {
  packages: {
    "": { name: "root" },
    "packages/local": { name: "local" },
    "node_modules/local": { resolved: "packages/local", link: true },
    "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
    "node_modules/b": { version: "1.0.0", integrity: "sha512-b", dev: true },
    "node_modules/elsewhere": { version: "1.0.0", integrity: "sha512-c", optional: true, os: ["elsewhere"] },
  },
};

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "postern install "));
  await mkdir(join(root, "packages", "local"), { recursive: true });
  await copyFile(installer, join(root, "packages", "local", "install.mjs"));
  await mkdir(join(root, "npm"));
  await writeFile(join(root, "npm", "package.json"), '{"type":"module"}');
  await writeFile(join(root, "npm", "npm-cli.js"), npmCli);
  await writeLock({});
});

afterEach(async () => await rm(root, { recursive: true }));

async function writeLock(changes: Record<string, object>): Promise<void> {
  const packages = { ...lockfile.packages, ...changes };
  await writeFile(join(root, "package-lock.json"), JSON.stringify({ packages }));
}

async function install(args: string[] = [], env: Record<string, string> = {}) {
  const npm = { npm_execpath: join(root, "npm", "npm-cli.js"), npm_node_execpath: process.execPath };
  const child = spawn(process.execPath, [join(root, "packages", "local", "install.mjs"), ...args], {
    cwd: "/",
    env: { PATH: process.env.PATH, ...npm, ...env },
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => (output.stdout += chunk));
  child.stderr.on("data", (chunk) => (output.stderr += chunk));
  const [code] = await once(child, "close");
  return { code, ...output };
}

interface Call {
  args: string[];
  env: string[];
  found: boolean;
}

async function calls(): Promise<Call[]> {
  const text = await readFile(join(root, "calls"), "utf8").catch(() => "");
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

const leftLocks = async (): Promise<string[]> => await readdir(join(root, ".postern")).catch(() => []);

describe("what is missing is installed", () => {
  test("when nothing is there, without development packages, scripts or a word on stdout", async () => {
    expect(await install()).toMatchObject({ code: 0, stdout: "" });
    const [call] = await calls();
    expect(call?.args).toEqual(
      expect.arrayContaining(["install", "--omit=dev", "--no-save", "--ignore-scripts"]),
    );
    expect(await leftLocks()).toEqual([]);
  });

  test("and nothing is done when nothing is missing, whatever other platforms have", async () => {
    await install();
    expect(await install()).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await calls()).toHaveLength(1);
  });

  test("development packages once they are asked for, and they stay", async () => {
    await install();
    await install(["--with-dev"]);
    await install();
    expect((await calls()).map(({ args }) => args.includes("--include=dev"))).toEqual([false, true]);
  });

  test.each([
    ["another version", { "node_modules/a": { version: "1.0.1", integrity: "sha512-a" } }],
    ["another content", { "node_modules/a": { version: "1.0.0", integrity: "sha512-other" } }],
    ["one more package", { "node_modules/new": { version: "1.0.0", integrity: "sha512-n" } }],
  ])("again when the lockfile has %s", async (_what, changes) => {
    await install();
    await writeLock(changes);
    expect(await install()).toMatchObject({ code: 0 });
    expect(await calls()).toHaveLength(2);
  });
});

test("npm hears where to fetch from, and nothing else that was meant for the command outside", async () => {
  const outside = {
    npm_config_workspace: "packages/local",
    npm_config_dry_run: "true",
    npm_lifecycle_event: "prestart",
  };
  await install([], {
    ...outside,
    npm_config_registry: "http://localhost:1",
    "npm_config_//localhost/:_authToken": "t",
  });
  const [call] = await calls();
  expect(call?.env.toSorted()).toEqual(["npm_config_//localhost/:_authToken", "npm_config_registry"]);
});

test("the lockfile has the packages of every platform, so that `npm install` leaves it as git has it", async () => {
  const text = await readFile(new URL("../../../package-lock.json", import.meta.url), "utf8");
  const { packages } = JSON.parse(text) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>;
  };
  const locked = new Set(Object.keys(packages).map((path) => path.split("node_modules/").at(-1)));
  const wanted = Object.values(packages).flatMap((each) => Object.keys(each.optionalDependencies ?? {}));
  expect(wanted.filter((name) => !locked.has(name))).toEqual([]);
});

describe("two at once", () => {
  test("install once", async () => {
    const both = await Promise.all([install(), install()]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(await calls()).toHaveLength(1);
    expect(await leftLocks()).toEqual([]);
  });

  test("install one after the other when one needs more", async () => {
    const both = await Promise.all([install(), install(["--with-dev"])]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect((await calls()).length).toBeLessThanOrEqual(2);
    expect(await install(["--with-dev"])).toMatchObject({ code: 0, stderr: "" });
  });
});

test("what an interrupted install left behind goes first", async () => {
  await install();
  await writeFile(join(root, "node_modules", "leftover"), "half a package");
  await mkdir(join(root, ".postern", "install.lock"), { recursive: true });
  const dead = spawn(process.execPath, ["-e", ""]);
  await once(dead, "exit");
  await writeFile(join(root, ".postern", "install.lock", "pids"), `${dead.pid}`);
  expect(await install(["--with-dev"])).toMatchObject({ code: 0 });
  expect((await calls()).map(({ found }) => found)).toEqual([false, false]);
  expect(await leftLocks()).toEqual([]);
});

describe("it fails, and says so,", () => {
  test("when npm does, and lets the next one try", async () => {
    await writeFile(join(root, "behaviour"), "fail");
    expect(await install()).toMatchObject({ code: 1, stderr: expect.stringContaining("exit code 7") });
    expect(await leftLocks()).toEqual([]);
    await rm(join(root, "behaviour"));
    expect(await install()).toMatchObject({ code: 0 });
  });

  test("when what npm installed is not what the lockfile says", async () => {
    await writeFile(join(root, "behaviour"), "wrong version");
    expect(await install()).toMatchObject({ code: 1, stderr: expect.stringContaining("disagree") });
  });

  test("when the node that will run is too old", async () => {
    await install();
    const old = join(root, "node_modules", ".bin", "node");
    await writeFile(old, "#!/bin/sh\necho 20.18.0\n");
    await chmod(old, 0o755);
    expect(await install()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("would run under 20.18.0"),
    });
  });
});
