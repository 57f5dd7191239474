import { routes } from "@postern/core/api/routes";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

/** What each function is linked to in `infra/functions.ts`, as SST passes it on. */
const links = {
  Table: { name: "table" },
  Bus: { name: "bus" },
  UserCaKey: { keyId: "1" },
  AccessTokenKey: { keyId: "2" },
  HostCaKey: { keyId: "3" },
  Settings: { clusterName: "test", publicUrl: "https://postern.example.com" },
} as const;

const entries: Record<
  string,
  { needs: readonly (keyof typeof links)[]; start: () => Promise<{ handler: unknown }> }
> = {
  auth: { needs: ["Table", "Settings", "UserCaKey", "AccessTokenKey"], start: () => import("./auth.ts") },
  join: { needs: ["Table", "Settings", "HostCaKey"], start: () => import("./join.ts") },
  authorize: { needs: ["Table", "Settings"], start: () => import("./authorize.ts") },
  ingest: { needs: ["Table", "Settings"], start: () => import("./ingest.ts") },
  admin: { needs: ["Table", "Settings"], start: () => import("./admin.ts") },
  read: { needs: ["Table", "Settings"], start: () => import("./read.ts") },
  deliver: { needs: ["Table", "Bus"], start: () => import("./deliver.ts") },
};
const cases = Object.entries(entries).map(([name, entry]) => ({ name, ...entry }));

beforeEach(() => {
  vi.resetModules();
  vi.stubEnv("AWS_REGION", "us-west-1");
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.doUnmock("sst");
});

/** SST reads its links once in a process; this stands for it, and throws for what is not linked as it does. */
function link(linked: object): void {
  const get = (_: object, name: string) => {
    if (name in linked) return Reflect.get(linked, name) as unknown;
    throw new Error(`"${name}" is not linked`);
  };
  vi.doMock("sst", () => ({ Resource: new Proxy({}, { get }) }));
}

function linksOf(names: readonly (keyof typeof links)[]): object {
  return Object.fromEntries(names.map((name) => [name, links[name]]));
}

test("every function of the route table has an entry point", () => {
  const named = new Set(Object.values(routes).map((row) => row.function));
  expect(Object.keys(entries)).toEqual(expect.arrayContaining([...named]));
});

test.each(cases)("$name starts with its own links and nothing more", async ({ needs, start }) => {
  link(linksOf(needs));
  expect((await start()).handler).toBeTypeOf("function");
});

test.each(cases)("$name does not start without one of its links", async ({ needs, start }) => {
  link(linksOf(needs.slice(0, -1)));
  await expect(start()).rejects.toThrow(needs.at(-1) ?? "-");
});

test("a link that isn't what it must be is fatal", async () => {
  link({ ...links, Settings: { clusterName: "", publicUrl: "x" } });
  await expect(import("./read.ts")).rejects.toThrow("Settings");
});
