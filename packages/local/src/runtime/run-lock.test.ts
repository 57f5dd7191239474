import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inspectProcess } from "../postgres/process-info.ts";
import { type DataFolder, openDataFolder } from "./data-folder.ts";
import { takeRunLock } from "./run-lock.ts";

let folder: DataFolder;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = openDataFolder(mkdtempSync(join(tmpdir(), "postern lock-")));
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(folder.path, { recursive: true });
});

/** Settles at the first that the program says. */
async function run(program: string, ...args: string[]): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", program, ...args]);
  children.push(child);
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  return { child, said: said.toString().trim() };
}

const taker = `
import { openDataFolder } from ${JSON.stringify(new URL("data-folder.ts", import.meta.url).href)};
import { takeRunLock } from ${JSON.stringify(new URL("run-lock.ts", import.meta.url).href)};
setInterval(() => {}, 1000);
await takeRunLock(openDataFolder(process.argv[1])).then(() => console.log("taken"), (fault) => console.log(fault.code));
`;
const obedient = `setInterval(() => {}, 1000); console.log("runs");`;
const stubborn = `process.on("SIGTERM", () => {}); ${obedient}`;

const isRunning = async ({ pid }: ChildProcess): Promise<boolean> =>
  (await inspectProcess(pid ?? 0)) !== null;

test("while one has the folder, others are refused with its number, until it lets go", async () => {
  const lock = await takeRunLock(folder);
  await expect(takeRunLock(folder)).rejects.toMatchObject({
    code: "resource.exists",
    message: expect.stringContaining(`process ${process.pid}`),
  });
  lock.release();
  (await takeRunLock(folder)).release();
  expect(existsSync(folder.run)).toBe(false);
});

test("of many at once exactly one has it", async () => {
  const all = await Promise.all(Array.from({ length: 6 }, () => run(taker, folder.path)));
  expect(all.map(({ said }) => said).toSorted()).toEqual([...Array(5).fill("resource.exists"), "taken"]);
});

test("a process that is killed has it no more", async () => {
  const { child } = await run(taker, folder.path);
  await expect(takeRunLock(folder)).rejects.toMatchObject({ code: "resource.exists" });
  child.kill("SIGKILL");
  await once(child, "exit");
  (await takeRunLock(folder)).release();
});

describe("of what a killed run left behind", () => {
  async function leave(...running: ChildProcess[]): Promise<void> {
    const lock = await takeRunLock(folder);
    for (const child of running) await lock.add(child.pid ?? 0);
    const left = readFileSync(folder.run, "utf8");
    lock.release();
    writeFileSync(folder.run, left);
  }

  test("every program is ended, the one that doesn't want to as well", async () => {
    const [first, second] = [await run(obedient), await run(stubborn)];
    await leave(first.child, second.child);
    (await takeRunLock(folder)).release();
    expect([await isRunning(first.child), await isRunning(second.child)]).toEqual([false, false]);
    expect([await signalOf(first.child), await signalOf(second.child)]).toEqual(["SIGTERM", "SIGKILL"]);
  });

  test("a stranger that has a program's number by now is left alone", async () => {
    const { child } = await run(obedient);
    await leave(child);
    const record = JSON.parse(readFileSync(folder.run, "utf8")) as { programs: { command: string }[] };
    for (const program of record.programs) program.command += " of another folder";
    writeFileSync(folder.run, JSON.stringify(record));
    (await takeRunLock(folder)).release();
    expect(await isRunning(child)).toBe(true);
  });

  test.each(["", '{"pid":', "[]", '{"pid":1,"programs":[{"pid":0,"command":"x"}]}'])(
    "a record that holds %j is no obstacle",
    async (text) => {
      writeFileSync(folder.run, text);
      const lock = await takeRunLock(folder);
      expect(JSON.parse(readFileSync(folder.run, "utf8"))).toEqual({ pid: process.pid, programs: [] });
      lock.release();
    },
  );
});

test("the record is for its owner alone: it names programs that the next start ends", async () => {
  const lock = await takeRunLock(folder);
  expect(statSync(folder.run).mode & 0o777).toBe(0o600);
  lock.release();
});

/** By which a child was ended; the news may come later than the end. */
async function signalOf(child: ChildProcess): Promise<NodeJS.Signals | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.signalCode;
}
