/** A server that is no PostgreSQL: it does what its script says, and remembers every byte that it was sent. */
import { createServer, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Certificate } from "./certificates.ts";

export interface FakeServer {
  readonly port: number;
  /** All bytes, in clear and out of TLS. */
  received(): string;
  stop(): void;
}

/** What is answered to SSLRequest. */
export interface Script {
  readonly sslAnswer: Uint8Array | undefined;
  readonly certificate?: Certificate;
  /** Called when TLS stands, and for what comes over it; `chunk` is the first time undefined. */
  readonly speak?: ((socket: TLSSocket, chunk: Buffer | undefined) => void) | undefined;
  /** Instead of TLS, for what comes in clear. */
  readonly onPlain?: (socket: Socket) => void;
}

export function fakeServer(script: Script): Promise<FakeServer> {
  let received = "";
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      script.onPlain?.(socket);
      if (script.sslAnswer) socket.write(script.sslAnswer);
      if (script.certificate) secure(socket, script.certificate);
      else socket.on("data", (more: Buffer) => (received += more.toString("latin1")));
    });
  });

  function secure(socket: Socket, { certificate, key }: Certificate): void {
    const tls = new TLSSocket(socket, { isServer: true, cert: certificate, key });
    tls.on("error", () => undefined);
    tls.once("secure", () => script.speak?.(tls, undefined));
    tls.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      script.speak?.(tls, chunk);
    });
  }

  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = address !== null && typeof address !== "string" ? address.port : 0;
      const stop = (): void => {
        server.close();
        for (const socket of sockets) socket.destroy();
      };
      resolve({ port, received: () => received, stop });
    });
  });
}
