/** What the proxy of one machine is told, in the words that any host is told: GUIDE, "Steps 2 and 3". */
import type { Database } from "@postern/core/resource/db";
import { stringify } from "yaml";
import type { DataFolder } from "./data-folder.ts";
import type { Ports } from "./ports.ts";

export function proxyConfig(folder: DataFolder, ports: Ports, database: Database, caFile: string): string {
  const { metadata, spec } = database;
  const { name, description = "", labels = {} } = metadata;
  const { protocol, uri, aws } = spec;
  return stringify({
    version: "v1",
    postern: {
      proxy_server: `localhost:${ports.http}`,
      data_dir: folder.proxyState,
      join: { method: "token", token: folder.joinToken },
    },
    db_service: {
      listen_addr: `127.0.0.1:${ports.pg}`,
      public_addr: publicAddress(ports),
      databases: [{ name, description, protocol, uri, labels, tls: { ca_cert_file: caFile }, aws }],
    },
  });
}

export function publicAddress({ pg }: Ports): string {
  return `localhost:${pg}`;
}
