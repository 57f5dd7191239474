/** Databases of every kind of trouble, to be served beside a good one. */
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
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

export const assumedRole = "arn:aws:iam::222222222222:role/db-login";

export interface Troubles {
  readonly databases: readonly ServedDatabase[];
  /** Of an STS that refuses whatever it is asked for. */
  readonly stsUrl: string;
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
  const sts = await refusingSts();
  return {
    stsUrl: sts.url,
    databases: [
      inOtherAccount("other-account", authority),
      ...servers.map(({ name, port }) => served(name, `localhost:${port}`, authority)),
      // No port that anybody is given by chance: nobody listens there meanwhile.
      served("unreachable", "localhost:1", authority),
      served("unknown-host", "db.invalid:5432", authority),
    ],
    stop() {
      sts.stop();
      servers.forEach((server) => server.stop());
    },
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

/** Its region is one of its own, so that the control plane makes an STS client for it. */
function inOtherAccount(name: string, ca: Pick<Authority, "certificate">): ServedDatabase {
  const { spec, ...rest } = served(name, "localhost:5432", ca);
  const aws = { ...spec.aws, region: "eu-central-1", assume_role_arn: assumedRole };
  return { ...rest, spec: { ...spec, aws } };
}

/** In STS's own words (API reference, "Common Error Types"; IAM user guide, "Troubleshoot access denied"). */
async function refusingSts(): Promise<{ url: string; stop(): void }> {
  const message = `User: arn:aws:iam::111111111111:user/postern is not authorized to perform: sts:AssumeRole on resource: ${assumedRole}`;
  const error = `<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>${message}</Message></Error>`;
  const body = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${error}<RequestId>1</RequestId></ErrorResponse>`;
  const server = createHttpServer((request, response) => {
    request.resume().on("end", () => response.writeHead(403, { "content-type": "text/xml" }).end(body));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, stop: () => void server.close() };
}
