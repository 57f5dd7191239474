import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exportProofKey, generateProofKey, type ProofKeyJwk } from "@postern/client/proof";
import { afterEach, beforeAll, beforeEach, describe, expect, type MockInstance, test, vi } from "vitest";
import { saveLogin } from "./profile/profile.ts";
import { adminSession, userSession } from "./session.ts";
import { useTemporaryHome } from "./test-support/home.ts";

const home = useTemporaryHome();
const here = "http://localhost:3080";
const elsewhere = "https://postern.example.com";

let key: ProofKeyJwk;
let said: MockInstance<typeof process.stderr.write>;

beforeAll(async () => {
  key = await exportProofKey(await generateProofKey());
});
beforeEach(() => {
  said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
});
afterEach(() => said.mockRestore());

function logIn(url: string, user: string, expires_at = "2999-01-01T00:00:00.000Z"): void {
  const login = { user, login_session: "ls_1", access_token: "token", expires_at, key };
  saveLogin(url, { host_ca: [], login });
}

/** Leaves the identity that `npm start` leaves; returns its data folder. */
function startHere(mode = 0o600): string {
  const dataDir = `${home()}-data`;
  mkdirSync(dataDir, { recursive: true });
  const identity = JSON.stringify({ url: here, access_token: "admin token", key });
  writeFileSync(join(dataDir, "admin.json"), identity, { mode });
  return dataDir;
}

describe("commands of the user", () => {
  test("go to the server of the last login, or to the one that is named", async () => {
    logIn(elsewhere, "bob");
    logIn(here, "alice");
    expect(await userSession({})).toMatchObject({ url: here, login: { user: "alice" } });
    const named = await userSession({ proxy: "postern.example.com" });
    expect(named).toMatchObject({ url: elsewhere, login: { user: "bob" } });
  });

  test("need a login that isn't over, and say what to type", async () => {
    await expect(userSession({})).rejects.toMatchObject({ code: "auth.missing" });
    logIn(here, "alice", "2000-01-01T00:00:00.000Z");
    await expect(userSession({})).rejects.toMatchObject({
      code: "auth.expired",
      data: { hint: "postern login --proxy=localhost:3080 --user=alice" },
    });
    await expect(userSession({ proxy: "postern.example.com" })).rejects.toMatchObject({
      code: "auth.missing",
      data: { hint: "postern login --proxy=postern.example.com --user=NAME" },
    });
  });
});

describe("commands of the admin", () => {
  test("use the local admin of the data folder, and say so on stderr", async () => {
    logIn(elsewhere, "bob");
    expect(await adminSession({ dataDir: startHere() })).toMatchObject({ url: here });
    expect(said).toHaveBeenCalledExactlyOnceWith(`as the local admin of ${here}\n`);
  });

  test("use the login where the folder's identity is another server's, or where there is none", async () => {
    logIn(elsewhere, "bob");
    const dataDir = startHere();
    const other = await adminSession({ dataDir, proxy: "postern.example.com" });
    expect(other).toMatchObject({ url: elsewhere, login: { user: "bob" } });
    expect(await adminSession({ dataDir: home() })).toMatchObject({ login: { user: "bob" } });
    expect(said).not.toHaveBeenCalled();
  });

  test("use the login of the user that is named, and no other's", async () => {
    const dataDir = startHere();
    logIn(here, "alice");
    expect(await adminSession({ dataDir, user: "alice" })).toMatchObject({ login: { user: "alice" } });
    await expect(adminSession({ dataDir, user: "bob" })).rejects.toMatchObject({
      code: "auth.missing",
      data: { hint: "postern login --proxy=localhost:3080 --user=bob" },
    });
  });

  test("refuse what is no identity", async () => {
    const dataDir = startHere();
    writeFileSync(join(dataDir, "admin.json"), "{}");
    await expect(adminSession({ dataDir })).rejects.toMatchObject({
      code: "input.invalid",
      data: { hint: expect.stringContaining("npm start") as string },
    });
  });

  test("refuse an identity that others may read", async () => {
    await expect(adminSession({ dataDir: startHere(0o644) })).rejects.toMatchObject({
      code: "input.invalid",
      data: { hint: expect.stringContaining("chmod 600") as string },
    });
  });
});
