/** Stands where the proxy stands: TLS as there, and whatever a test answers. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { onTestFinished } from "vitest";
import type { CertificateSource } from "../credential/source.ts";
import { createAuthority } from "./authority.ts";

const authorities = Promise.all([createAuthority("hosts"), createAuthority("users")]);

/** Until the end of the test; returns what leads there. */
export async function startProxy(handle: (socket: TLSSocket) => void): Promise<CertificateSource> {
  const [hosts, users] = await authorities;
  const own = await hosts.issue("serverAuth", ["localhost"]);
  const client = await users.issue("clientAuth", ["alice"]);
  const server = createServer(
    { cert: own.certificate, key: own.privateKey, minVersion: "TLSv1.3", ALPNProtocols: ["postgresql"] },
    (socket) => handle(socket.on("error", () => undefined)),
  );
  onTestFinished(() => void server.close());
  await once(server.listen(0, "localhost"), "listening");
  const address = `localhost:${(server.address() as AddressInfo).port}`;
  const certificate = {
    ...client,
    addresses: [address] as const,
    hostCa: [hosts.certificate],
    grantId: "gr_1",
    expiresAt: Infinity,
  };
  return { get: () => Promise.resolve(certificate), renew: (stale) => Promise.resolve(stale) };
}
