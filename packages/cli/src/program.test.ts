import { exportProofKey, generateProofKey } from "@postern/client/proof";
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from "vitest";
import { exitCode, report } from "./failure.ts";
import { loadServer, saveLogin } from "./profile/profile.ts";
import { buildProgram } from "./program.ts";
import { useTemporaryHome } from "./test-support/home.ts";

useTemporaryHome();

let stdout: MockInstance<typeof process.stdout.write>;
let stderr: MockInstance<typeof process.stderr.write>;

beforeEach(() => {
  stdout = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
});
afterEach(() => vi.restoreAllMocks());

/** Runs it as main.ts does. */
async function run(...args: string[]): Promise<number> {
  try {
    await buildProgram().parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    report(error);
    return exitCode(error);
  }
}

describe("wrong usage ends with 2, words on stderr and nothing on stdout:", () => {
  test.each([
    [],
    ["bogus"],
    ["help", "bogus"],
    ["help", "db", "lss"],
    ["completion"],
    ["completion", "tcsh"],
    ["login"],
    ["login", "--proxy=http://db.example.com", "--user=a"],
    ["login", "--proxy=localhost:1"],
    ["login", "--proxy=localhost:1", "--user=a", "--format=yaml"],
    ["login", "--proxy=localhost:1", "--user=a", "--password=x"],
    ["login", "--proxy=localhost:1", "--user=a", "--otp=123456"],
    ["status", "extra"],
    ["db"],
    ["db", "ls", "env"],
    ["db", "connect"],
    ["db", "query", "aurora"],
    ["db", "query", "aurora", "select 1", "--format=text"],
    ["db", "token"],
    ["audit", "ls", "--limit=0"],
    ["audit", "ls", "--limit=2.5"],
    ["audit", "ls", "--limit=x"],
    ["audit", "ls", "--since=yesterday"],
    ["audit", "ls", "--event=db.session.querry"],
    ["audit", "ls", "--until=soon"],
    ["audit", "ls", "--since=2026-03-04T10:00"],
    ["audit", "tail", "--lines=-1"],
    ["audit", "tail", "--event=db.session.querry"],
    ["recordings", "ls", "--since=x"],
    ["play"],
    ["get", "bogus"],
    ["get", "role/Not A Name"],
    ["rm", "role"],
    ["users", "add", "bob"],
    ["users", "add", "--roles=,", "bob"],
    ["users", "add", "--roles=db", "--ttl=x", "bob"],
    ["users", "accept", "http://localhost:1/invite"],
    ["users", "accept", "http://db.example.com/invite#secret"],
    ["users", "update", "bob"],
    ["tokens", "add"],
    ["tokens", "add", "--type=node"],
    ["tokens", "add", "--type=db", "--uses=x"],
    ["tokens", "add", "--type=db", "--ttl=30"],
    ["tokens", "rm"],
  ])("%s %s %s %s", async (...args) => {
    expect(await run(...args.filter((arg) => typeof arg === "string"))).toBe(2);
    expect(stdout).not.toHaveBeenCalled();
    expect(stderr.mock.calls.join("")).toMatch(/\w/);
    expect(stderr.mock.calls.join("")).not.toContain("secret");
  });
});

test("help and version are answers: stdout, and 0", async () => {
  expect(await run("--version")).toBe(0);
  expect(await run("db", "connect", "--help")).toBe(0);
  expect(stdout.mock.calls.join("")).toMatch(/^\d+\.\d+\.\d+\n.*postern db connect/s);
  expect(stderr).not.toHaveBeenCalled();
});

test.each([
  [["statsu"], "status"],
  [["db", "lss"], "ls"],
  [["help", "db", "lss"], "ls"],
  [["status", "--fromat=json"], "--format"],
])("what was meant by %j is named", async (args, meant) => {
  expect(await run(...args)).toBe(2);
  expect(stdout).not.toHaveBeenCalled();
  expect(stderr.mock.calls.join("")).toMatch(new RegExp(`[Dd]id you mean .*${meant}`));
});

test("help of a command of a command is its own", async () => {
  expect(await run("help", "db", "ls")).toBe(0);
  expect(stdout.mock.calls.join("")).toContain("Usage: postern db ls");
});

test("names of databases for a shell: without a login none, and not a word", async () => {
  expect(await run("completion", "databases")).toBe(0);
  expect(stdout).not.toHaveBeenCalled();
  expect(stderr).not.toHaveBeenCalled();
});

test("without a login there is nothing to show: 1, and what to type", async () => {
  expect(await run("status")).toBe(1);
  expect(await run("db", "ls")).toBe(1);
  expect(stdout).not.toHaveBeenCalled();
  expect(stderr.mock.calls.join("")).toContain("postern login");
});

test("who logs out is forgotten here, also where the server can't be told", async () => {
  const url = "http://localhost:1"; // a port that fetch refuses
  const key = await exportProofKey(await generateProofKey());
  const expires_at = "2999-01-01T00:00:00.000Z";
  const login = { user: "alice", login_session: "ls_1", access_token: "secret", expires_at, key };
  saveLogin(url, { host_ca: ["ca"], login });
  expect(await run("logout")).toBe(1);
  expect(stdout).not.toHaveBeenCalled();
  expect(stderr.mock.calls.join("")).not.toContain("secret");
  expect(loadServer(url)).toEqual({ host_ca: ["ca"], login: null });
});

test("logging out twice is no failure", async () => {
  expect(await run("logout", "--format=json")).toBe(0);
  expect(JSON.parse(stdout.mock.calls.join(""))).toEqual({ proxy: null, user: null });
});
