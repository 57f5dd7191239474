import type { ServedDatabase } from "@postern/core/api/host";
import { expect, test } from "vitest";
import { HealthMonitor } from "./monitor.ts";

const served = (name: string): ServedDatabase => ({
  name,
  description: "",
  labels: {},
  spec: {
    protocol: "postgres",
    uri: "h:5432",
    tls: { ca_cert_pem: null },
    aws: {
      region: "us-west-1",
      account_id: null,
      resource_id: null,
      assume_role_arn: null,
      external_id: null,
    },
  },
});

const never = new AbortController().signal;

test("nothing is said of a database before it was looked at, and then how it is and since when", async () => {
  let now = 0;
  let reason: string | undefined = "no route";
  const monitor = new HealthMonitor({ databases: [served("a")], probe: async () => reason, now: () => now });
  expect(monitor.states).toEqual([]);
  await monitor.round(never);
  const first = { database: "a", status: "unhealthy", reason, since: "1970-01-01T00:00:00.000Z" };
  expect(monitor.states).toEqual([first]);
  now = 1_000;
  reason = "x".repeat(300);
  await monitor.round(never);
  expect(monitor.states).toEqual([{ ...first, reason: "x".repeat(200) }]);
  reason = undefined;
  await monitor.round(never);
  expect(monitor.states).toEqual([{ database: "a", status: "healthy", since: "1970-01-01T00:00:01.000Z" }]);
});

test("hundreds are looked at a few at a time, each once a round", async () => {
  const databases = Array.from({ length: 200 }, (_, index) => served(`db-${index}`));
  let [running, most] = [0, 0];
  const seen: string[] = [];
  const probe = async ({ name }: ServedDatabase) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    seen.push(name);
    running -= 1;
    return undefined;
  };
  const monitor = new HealthMonitor({ databases, probe, now: () => 0 });
  await monitor.round(never);
  expect(new Set(seen).size).toBe(200);
  expect(seen).toHaveLength(200);
  expect(most).toBeLessThanOrEqual(16);
});
