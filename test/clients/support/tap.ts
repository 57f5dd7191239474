/** A wire-tap between a client and the proxy: what each connection begins with, as anybody in between could see it. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export type Beginning = "TLS" | "SSLRequest" | "CancelRequest" | "something else";

export interface Tap {
  readonly port: number;
  /** In the order of the connections. */
  readonly beginnings: readonly Beginning[];
  stop(): void;
}

export async function startTap(port: number): Promise<Tap> {
  const beginnings: Beginning[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    client.once("data", (chunk: Buffer) => beginnings.push(beginningOf(chunk)));
    for (const socket of [client, upstream]) sockets.add(socket.on("error", () => undefined));
    client.pipe(upstream).pipe(client);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const stop = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: (server.address() as AddressInfo).port, beginnings, stop };
}

/** Request codes: manual, "Message Formats"; 22 is a TLS record's type for a handshake (RFC 8446, 5.1). */
function beginningOf(chunk: Buffer): Beginning {
  if (chunk[0] === 22) return "TLS";
  const code = chunk.length >= 8 ? chunk.readInt32BE(4) : 0;
  if (code === 80_877_103) return "SSLRequest";
  return code === 80_877_102 ? "CancelRequest" : "something else";
}
