import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HostIdentity } from "@postern/core/api/join";
import { Fault } from "@postern/core/fault";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ControlPlane } from "../control-plane.ts";
import { silentLog } from "../log.ts";
import { Host } from "./host.ts";

let folder: string;
let now = 0;
let calls: string[] = [];
let renewFails: Fault | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-host-"));
  now = 1_000_000;
  calls = [];
  renewFails = undefined;
});

afterEach(() => rmSync(folder, { recursive: true }));

const identity = (): HostIdentity => ({
  host_id: "ho_1",
  cluster_name: "test",
  access_token: `token ${calls.length}`,
  expires_at: new Date(now + 3_000).toISOString(),
  certificate: "certificate",
  certificate_expires_at: new Date(now + 9_000).toISOString(),
  host_ca: ["host CA"],
  user_ca: ["user CA"],
});

const unused = (): never => {
  throw new Error("not called");
};

const controlPlane: ControlPlane = {
  join: async ({ token }) => {
    calls.push(`join ${token}`);
    return identity();
  },
  renew: async ({ host_id }) => {
    calls.push(`renew ${host_id}`);
    if (renewFails) throw renewFails;
    return identity();
  },
  heartbeat: unused,
  openSession: unused,
  ingestAudit: unused,
  changes: unused,
};

const start = () =>
  Host.start({
    dataDir: folder,
    joinToken: async () => "secret",
    version: "test",
    now: () => now,
    log: silentLog,
    connect: () => controlPlane,
  });

test("a host joins once, keeps what it got for its own eyes, and renews from then on with the same key", async () => {
  const first = await start();
  const key = () => (JSON.parse(readFileSync(join(folder, "host.json"), "utf8")) as { key: unknown }).key; // our own file
  const before = key();
  expect(statSync(join(folder, "host.json")).mode & 0o777).toBe(0o600);
  const second = await start();
  expect(calls).toEqual(["join secret", "renew ho_1"]);
  expect(key()).toEqual(before);
  expect(second.identity.access_token).not.toBe(first.identity.access_token);
});

test("a host that isn't known any more joins again; while nobody answers it goes on as it is", async () => {
  await start();
  renewFails = new Fault("resource.missing", "no such host");
  await start();
  expect(calls).toEqual(["join secret", "renew ho_1", "join secret"]);
  renewFails = new Fault("service.unavailable", "gone");
  expect((await start()).identity.host_id).toBe("ho_1");
  now += 60_000;
  await expect(start()).rejects.toMatchObject({ code: "service.unavailable" });
});

test("an identity is renewed when a third of its time is left", async () => {
  const host = await start();
  now += 1_900;
  expect(await host.renewIfDue()).toBe(false);
  now += 200;
  expect(await host.renewIfDue()).toBe(true);
  expect(await host.renewIfDue()).toBe(false);
});

test("other certificate authorities are taken, and kept", async () => {
  const host = await start();
  expect(await host.trust(["user CA"], ["host CA"])).toBe(false);
  expect(await host.trust(["user CA", "next user CA"], ["host CA"])).toBe(true);
  expect((await host.tlsIdentity()).userCa).toEqual(["user CA", "next user CA"]);
  expect(readFileSync(join(folder, "host.json"), "utf8")).toContain("next user CA");
});
