/**
 * TLS with clients. A server that never listens does it: `new TLSSocket(socket, {isServer: true})` would take any client
 * certificate for good. Its verdict is read from the socket, so that a client is told what is wrong instead of a bare close.
 */
import { constants } from "node:crypto";
import type { Socket } from "node:net";
import { createServer, type SecureContextOptions, type Server, type TLSSocket } from "node:tls";
import { peerProtocol } from "../peer/message.ts";

export interface TlsIdentity {
  /** The host certificate and its key, as PEM. */
  readonly certificate: string;
  readonly key: string;
  /** Those who may have issued client certificates. */
  readonly userCa: readonly string[];
}

/** Clients', before other hosts': who offers both is a client. */
const protocols = ["postgresql", peerProtocol];

export class TlsTerminator {
  readonly #server: Server;
  /** By address and port: while both ends live, no two connections have the same. */
  readonly #upgrading = new Map<string, (socket: TLSSocket) => void>();

  constructor(identity: TlsIdentity) {
    this.#server = createServer({
      ...contextOf(identity),
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: protocols,
      // The listener's deadline is shorter.
      handshakeTimeout: 30_000,
    });
    this.#server.on("secureConnection", (socket) => this.#secured(socket));
    this.#server.on("tlsClientError", (_, socket) => socket.destroy());
  }

  /** New connections get the renewed certificate and lists; running ones keep theirs. */
  use(identity: TlsIdentity): void {
    this.#server.setSecureContext(contextOf(identity));
  }

  /**
   * @param received what was read of the ClientHello
   * @returns undefined when the handshake failed or the client went
   */
  upgrade(plain: Socket, received: Uint8Array): Promise<TLSSocket | undefined> {
    return new Promise((resolve) => {
      const peer = peerOf(plain);
      const done = (socket?: TLSSocket): void => {
        this.#upgrading.delete(peer);
        plain.off("close", closed);
        resolve(socket);
      };
      const closed = (): void => done();
      this.#upgrading.set(peer, done);
      plain.once("close", closed);
      if (received.length > 0) plain.unshift(received);
      this.#server.emit("connection", plain);
    });
  }

  #secured(socket: TLSSocket): void {
    socket.on("error", () => undefined);
    const done = this.#upgrading.get(peerOf(socket));
    if (done) done(socket);
    else socket.destroy();
  }
}

/**
 * TLS 1.3 shows no certificate in clear. No tickets: a resumed session skips the client certificate's expiry, and the
 * proof of its key.
 */
function contextOf({ certificate, key, userCa }: TlsIdentity): SecureContextOptions {
  return {
    cert: certificate,
    key,
    ca: [...userCa],
    minVersion: "TLSv1.3",
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
