import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { useTemporaryHome } from "../test-support/home.ts";
import { currentServer, forgetLogin, type Login, loadServer, saveLogin, serverFile } from "./profile.ts";

const home = useTemporaryHome();
const url = "http://localhost:3080";
const login: Login = {
  user: "alice",
  login_session: "ls_1",
  access_token: "secret",
  expires_at: "2026-01-01T00:00:00.000Z",
  key: { kty: "EC", crv: "P-256", x: "x", y: "y", d: "d" },
};

const fault = (code: string, hint = "") =>
  expect.objectContaining({
    code,
    data: expect.objectContaining({ hint: expect.stringContaining(hint) }),
  }) as Error;

describe("a login", () => {
  test("is remembered, and its server is the one of the next commands", () => {
    expect(currentServer()).toBeUndefined();
    expect(loadServer(url)).toBeUndefined();
    saveLogin(url, { host_ca: ["ca"], login });
    expect(currentServer()).toBe(url);
    expect(loadServer(url)).toEqual({ host_ca: ["ca"], login });
    saveLogin("https://other.example.com", { host_ca: [], login });
    expect(currentServer()).toBe("https://other.example.com");
    expect(loadServer(url)).toEqual({ host_ca: ["ca"], login });
  });

  test("is for its owner's eyes alone", () => {
    saveLogin(url, { host_ca: [], login });
    expect(statSync(home()).mode & 0o777).toBe(0o700);
    const files = readdirSync(home());
    expect(files).toHaveLength(2);
    for (const file of files) expect(statSync(`${home()}/${file}`).mode & 0o777).toBe(0o600);
  });

  test("is forgotten, what it pinned isn't", () => {
    saveLogin(url, { host_ca: ["ca"], login });
    forgetLogin(url, "ls_1");
    expect(loadServer(url)).toEqual({ host_ca: ["ca"], login: null });
    expect(readFileSync(serverFile(url), "utf8")).not.toContain("secret");
  });

  test("isn't forgotten in the place of the one before it", () => {
    saveLogin(url, { host_ca: [], login: { ...login, login_session: "ls_2" } });
    forgetLogin(url, "ls_1");
    expect(loadServer(url)?.login).toMatchObject({ login_session: "ls_2" });
  });
});

describe("refused is", () => {
  test.each([0o604, 0o640, 0o660])("a file of mode %o, saying what to type", (mode) => {
    saveLogin(url, { host_ca: [], login });
    chmodSync(serverFile(url), mode);
    expect(() => loadServer(url)).toThrow(fault("input.invalid", `chmod 600 '${serverFile(url)}'`));
  });

  test("a folder that others may write to, before anything is written", () => {
    mkdirSync(home());
    chmodSync(home(), 0o770);
    expect(() => saveLogin(url, { host_ca: [], login })).toThrow(fault("input.invalid", "chmod 700"));
    expect(readdirSync(home())).toEqual([]);
  });

  test("a folder that others may write to, before anything in it is believed", () => {
    saveLogin(url, { host_ca: [], login });
    chmodSync(home(), 0o722);
    const refused = fault("input.invalid", `chmod 700 '${home()}'`);
    expect(() => currentServer()).toThrow(refused);
    expect(() => loadServer(url)).toThrow(refused);
  });

  test.each(["", "{", '{"host_ca":[]}', '{"host_ca":[],"login":null,"more":1}'])("the file %j", (content) => {
    mkdirSync(home(), { mode: 0o700 });
    writeFileSync(serverFile(url), content, { mode: 0o600 });
    expect(() => loadServer(url)).toThrow(fault("input.invalid", `rm '${serverFile(url)}'`));
  });
});

test("writers at the same time leave a whole file, and no other's login is lost", async () => {
  const module = JSON.stringify(new URL("./profile.ts", import.meta.url).href);
  const write = (server: string) => `
    import { saveLogin } from ${module};
    const login = ${JSON.stringify(login)};
    for (let count = 0; count < 50; count++)
      saveLogin(${JSON.stringify(server)}, { host_ca: ["x".repeat(count * 100)], login });`;
  const servers = [url, url, "https://other.example.com"];
  const writers = servers.map((server) =>
    spawn(process.execPath, ["--input-type=module-typescript", "-e", write(server)], { stdio: "inherit" }),
  );
  const exits = writers.map((writer) => once(writer, "exit"));
  let reads = 0;
  while (writers.some((writer) => writer.exitCode === null && writer.signalCode === null)) {
    if (loadServer(url) !== undefined) reads += 1; // throws for half a file
    await new Promise(setImmediate);
  }
  expect((await Promise.all(exits)).map(([code]) => code as number)).toEqual([0, 0, 0]);
  expect(reads).toBeGreaterThan(0);
  for (const server of servers) expect(loadServer(server)?.host_ca[0]).toHaveLength(4900);
  expect(readdirSync(home())).toHaveLength(3); // two servers, and which is current
}, 30_000);

test("a full disk leaves the profile as it was, and is named", () => {
  saveLogin(url, { host_ca: ["before"], login });
  const module = JSON.stringify(new URL("./profile.ts", import.meta.url).href);
  const write = `
    import { saveLogin } from ${module};
    const login = ${JSON.stringify(login)};
    try { saveLogin(${JSON.stringify(url)}, { host_ca: ["x".repeat(5000)], login }); }
    catch (error) { console.log(error.message); }`;
  // No file may grow beyond 1 KB: writing fails as it does on a full disk (setrlimit(2), RLIMIT_FSIZE).
  const limited = [
    "-c",
    'ulimit -f 1; exec "$@"',
    "bash",
    process.execPath,
    "--input-type=module-typescript",
    "-e",
    write,
  ];
  const { stdout, status } = spawnSync("bash", limited, { encoding: "utf8" });
  expect([status, stdout]).toEqual([0, expect.stringContaining("can't write")]);
  expect(loadServer(url)).toEqual({ host_ca: ["before"], login });
  expect(readdirSync(home())).toHaveLength(2);
});
