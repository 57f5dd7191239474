import type { DatabaseServer } from "@postern/core/resource/db-server";
import { expect, test } from "vitest";
import { orderServers } from "./servers.ts";

type Health = DatabaseServer["status"]["health"];

const server = (name: string, health: Health): DatabaseServer => ({
  kind: "db_server",
  metadata: { name },
  spec: { database: "aurora", host_id: name, public_addr: "h:1", reach: "direct", version: "1" },
  status: { health, heartbeat_at: "2026-01-01T00:00:00.000Z" },
});

/** Draws these numbers, one after the other. */
const lots = (...numbers: number[]) => {
  const left = [...numbers];
  return () => Buffer.from([0, 0, 0, left.shift() ?? 0]);
};

const names = (servers: readonly DatabaseServer[]) => servers.map(({ metadata }) => metadata.name).join("");

test("healthy servers come first, then those of which nothing is known, and the unhealthy last", () => {
  const all = [server("a", "unhealthy"), server("b", "unknown"), server("c", "healthy")];
  expect(names(orderServers(all, lots(1, 2, 3)))).toBe("cba");
  expect(names(orderServers(all, lots(3, 2, 1)))).toBe("cba");
});

test("among equals it is the lot that decides, and without one their order", () => {
  const all = [server("a", "healthy"), server("b", "healthy"), server("c", "healthy")];
  expect(names(orderServers(all, lots(2, 3, 1)))).toBe("cab");
  expect(names(orderServers(all, lots()))).toBe("abc");
  expect(orderServers([], lots())).toEqual([]);
});
