import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
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

/** Self-signed, for db.example.com and 127.0.0.1; its Common Name is other.example.com. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBrzCCAVagAwIBAgIUQiyd98VMR1ED30gq5/KZeWa5iL4wCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRb3RoZXIuZXhhbXBsZS5jb20wIBcNMjYxMTIyMjE1NjM4WhgP
MjEyNjEwMjkyMTU2MzhaMBwxGjAYBgNVBAMMEW90aGVyLmV4YW1wbGUuY29tMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEW33XCR94g+gV0aqQxKHMVtD6g2IWUzOW
yrBqXEfLTJDarok5cMVyLSIYNJmVe3xLDo6aZ3ZMFvlW6jJ6khFIjqN0MHIwHQYD
VR0OBBYEFFtJZyIpV9RCn5tdNvyw1llTxatTMB8GA1UdIwQYMBaAFFtJZyIpV9RC
n5tdNvyw1llTxatTMA8GA1UdEwEB/wQFMAMBAf8wHwYDVR0RBBgwFoIOZGIuZXhh
bXBsZS5jb22HBH8AAAEwCgYIKoZIzj0EAwIDRwAwRAIgJeAhFnzSwbWy17hh6TIu
OufeHYaHOhIw7K19mttygNsCIEMV6jk0nXnDLxXgbt9LfU3/rO/+xA5jLqX05ZBe
g8eS
-----END CERTIFICATE-----`;

const identity = (): HostIdentity => ({
  host_id: "ho_1",
  cluster_name: "test",
  access_token: `token ${calls.length}`,
  expires_at: new Date(now + 3_000).toISOString(),
  certificate,
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
  challenge: unused,
  joinByIam: unused,
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

const start = (publicAddr = "db.example.com:5440") =>
  Host.start({
    dataDir: folder,
    join: (controlPlane) => controlPlane.join({ token: "secret", version: "test" }),
    publicAddr,
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

test("a host whose certificate doesn't name its public address is told how to get one that does", async () => {
  await expect(start("other.example.com:5440")).rejects.toMatchObject({
    code: "input.invalid",
    data: { hint: expect.stringContaining("postern tokens add --type=db --names=other.example.com") },
  });
  await expect(start("127.0.0.1:5440")).resolves.toBeInstanceOf(Host);
});

test("a known host that is to be found under another name joins again, by a new token", async () => {
  await start();
  await expect(start("new.example.com:5440")).rejects.toMatchObject({ code: "input.invalid" });
  expect(calls).toEqual(["join secret", "renew ho_1", "join secret"]);
});

test("a key that others may read is refused, with what to type, as is a file that is none of ours", async () => {
  await start();
  const file = join(folder, "host.json");
  chmodSync(file, 0o644);
  await expect(start()).rejects.toMatchObject({
    code: "input.invalid",
    data: { hint: expect.stringContaining(`chmod 600 '${file}'`) },
  });
  chmodSync(file, 0o600);
  writeFileSync(file, '{"key":"secret key"}');
  const refused = await start().catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "input.invalid", message: expect.stringContaining(file) });
  expect(String(refused)).not.toContain("secret key");
});
