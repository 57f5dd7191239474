import type { Socket } from "node:net";
import { pipeline } from "node:stream";
import type { CertificateSource } from "../credential/source.ts";
import { reach } from "./remote.ts";
import type { OpenSockets } from "./sockets.ts";

/**
 * Gives the client a connection to a proxy: both ways it passes on what comes, as fast as the slower side takes it, and
 * the end of one is the end of the other. Throws Fault where there is no way to one.
 * @param read what of the client's bytes was read already
 */
export async function relay(
  client: Socket,
  source: CertificateSource,
  open: OpenSockets,
  read: readonly Uint8Array[] = [],
): Promise<void> {
  const certificate = await source.get();
  if (client.destroyed) return; // nobody is dialled for a client that went
  const upstream = await reach(source, certificate, open);
  for (const bytes of read) upstream.write(bytes);
  pipeline(client, upstream, () => upstream.destroy());
  pipeline(upstream, client, () => client.destroy());
}
