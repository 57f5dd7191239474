import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inspectProcess } from "../postgres/process-info.ts";
import { type Child, startChild } from "./child.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "postern child-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function start(program: string): Child {
  const script = join(folder, "program.mjs");
  writeFileSync(script, program);
  return startChild({ name: "the program", script, args: [] });
}

const stays = `setInterval(() => {}, 1000); process.send("here");`;
const isHere = (message: unknown): true | undefined => (message === "here" ? true : undefined);

test("the message that is waited for is found among others", async () => {
  const child = start(`process.send("other"); ${stays}`);
  expect(await child.message(isHere)).toBe(true);
  await child.stop(5_000);
});

test("one that ends before its message says how it ended", async () => {
  const child = start("process.exit(3)");
  const how = { code: "service.unavailable", message: "the program ended by itself (exit code 3)" };
  await expect(child.message(isHere)).rejects.toMatchObject(how);
  expect(await child.ended).toMatchObject(how);
});

test("one that ignores SIGTERM is killed", async () => {
  const child = start(`process.on("SIGTERM", () => {}); ${stays}`);
  await child.message(isHere);
  await child.stop(100);
  expect(await inspectProcess(child.pid)).toBeNull();
});

test("stopping one that has ended is nothing", async () => {
  const child = start("");
  const ended = await child.ended;
  await child.stop(5_000);
  expect(ended.message).toContain("exit code 0");
});

test("it is in a group of its own, where Ctrl-C in our terminal doesn't reach it", async () => {
  const child = start(stays);
  await child.message(isHere);
  expect(await inspectProcess(child.pid)).toMatchObject({ group: child.pid, parent: process.pid });
  await child.stop(5_000);
});
