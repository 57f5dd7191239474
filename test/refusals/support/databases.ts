/** Databases of every kind of trouble, to be served beside a good one. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { ServedDatabase } from "@postern/core/api/host";
import { encodeBackend } from "@postern/wire/messages/backend";
import { type Authority, issue, type LeafRequest, makeAuthority } from "../../proxy/support/certificates.ts";
import { fakeServer, type Script } from "../../proxy/support/fake-server.ts";

const accepted = Buffer.from("S");
const named: LeafRequest = {
  name: "localhost",
  usage: "serverAuth",
  names: [{ type: "dns", value: "localhost" }],
};

export interface Troubles {
  readonly databases: readonly ServedDatabase[];
  stop(): void;
}

export async function startTroubles(): Promise<Troubles> {
  const authority = await makeAuthority("database CA");
  const scripts: Readonly<Record<string, Script>> = {
    "no-tls": { sslAnswer: Buffer.from("N") },
    "common-name": { sslAnswer: accepted, certificate: await issue(authority, { ...named, names: [] }) },
    "other-name": {
      sslAnswer: accepted,
      certificate: await issue(authority, { ...named, names: [{ type: "dns", value: "elsewhere" }] }),
    },
    expired: {
      sslAnswer: accepted,
      certificate: await issue(authority, { ...named, notAfter: Date.now() - 1_000 }),
    },
    "other-ca": {
      sslAnswer: accepted,
      certificate: await issue(await makeAuthority("another CA"), named),
    },
    hanging: { sslAnswer: undefined },
    md5: {
      sslAnswer: accepted,
      certificate: await issue(authority, named),
      speak: (socket, chunk) => {
        if (chunk)
          socket.write(encodeBackend({ type: "AuthenticationMD5Password", salt: Buffer.from("salt") }));
      },
    },
    "no-postgres": { sslAnswer: Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n") },
  };
  const servers = await Promise.all(
    Object.entries(scripts).map(async ([name, script]) => ({ name, ...(await fakeServer(script)) })),
  );
  return {
    databases: [
      ...servers.map(({ name, port }) => served(name, `localhost:${port}`, authority)),
      served("unreachable", `localhost:${await freePort()}`, authority),
      served("unknown-host", "db.invalid:5432", authority),
    ],
    stop: () => servers.forEach((server) => server.stop()),
  };
}

export function served(
  name: string,
  uri: string,
  ca: Pick<Authority, "certificate">,
  region = "us-west-1",
): ServedDatabase {
  const aws = { region, account_id: null, resource_id: null, assume_role_arn: null, external_id: null };
  const spec = { protocol: "postgres", uri, tls: { ca_cert_pem: ca.certificate }, aws } as const;
  return { name, description: "", labels: {}, spec };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
