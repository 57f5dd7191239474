import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Base } from "@postern/control/ports";
import { loadDatabase } from "@postern/control/resource/load";
import { writeResource } from "@postern/control/resource/write";
import { openSqliteStore } from "@postern/store/sqlite/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { createBase } from "./control-plane.ts";
import { openDataFolder } from "./data-folder.ts";
import { settleDatabase } from "./database.ts";
import { localAdmin } from "./demo.ts";
import { proxyConfig } from "./proxy-config.ts";
import { loadSettings } from "./settings.ts";

const caPem = "-----BEGIN CERTIFICATE-----\nour own\n-----END CERTIFICATE-----\n";

let folder: string;
let base: Base;
let caFile: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-database-"));
  caFile = join(folder, "ca.crt");
  writeFileSync(caFile, caPem);
  const store = openSqliteStore({ path: join(folder, "db"), now: Date.now });
  base = createBase(store, loadSettings(join(folder, "settings")), 3080);
});

afterEach(async () => {
  await base.store.close();
  rmSync(folder, { recursive: true });
});

const at = (port: number) => settleDatabase(base, { port, caFile });

test("the first time it is the proxy that registers it, as any host does", async () => {
  expect(await at(1001)).toMatchObject({
    metadata: { name: "aurora", labels: { env: "dev" } },
    spec: { uri: "localhost:1001", tls: { ca_cert_pem: caPem } },
  });
  expect(await loadDatabase(base, "aurora")).toBeUndefined();
});

test("where the stand-in moved, the database moves with it and keeps the labels that people gave it", async () => {
  const first = await at(1001);
  const labels = { env: "test", team: "blue" };
  const resource = { ...first, metadata: { ...first.metadata, labels } };
  await writeResource(base, localAdmin, { resource, replace: false });
  const moved = await at(1002);
  expect(moved).toMatchObject({ metadata: { labels }, spec: { uri: "localhost:1002" } });
  expect(await loadDatabase(base, "aurora")).toEqual(moved);
});

test("the proxy is told what is kept: another statement would be refused", async () => {
  const database = await at(1001);
  const ports = { http: 1, pg: 2, aurora: 1001 };
  const config: unknown = parse(proxyConfig(openDataFolder(join(folder, "a ü")), ports, database, caFile));
  expect(config).toMatchObject({
    postern: { proxy_server: "localhost:1", data_dir: join(folder, "a ü", "proxy") },
    db_service: {
      listen_addr: "127.0.0.1:2",
      public_addr: "localhost:2",
      databases: [
        { name: "aurora", uri: "localhost:1001", labels: { env: "dev" }, tls: { ca_cert_file: caFile } },
      ],
    },
  });
});
