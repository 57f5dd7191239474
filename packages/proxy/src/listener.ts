/**
 * Accepts connections and never waits for one: each goes its own way at once, and has so long to show who it is. What
 * one client does wrong ends its own connection and nothing else.
 */

import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Fault } from "@postern/core/fault";
import { formatEndpoint } from "@postern/core/resource/endpoint";
import type { Log } from "./log.ts";
import { Refusal } from "./refusal/refusal.ts";
import { refuse } from "./session/session.ts";
import { UnknownClients } from "./unknown-clients.ts";

/** What is done with an accepted connection. */
export interface Connection {
  readonly socket: Socket;
  readonly address: string;
  /** Says what is written to from here on: the socket at first, then TLS over it. */
  readonly onStream: (stream: Duplex) => void;
  /** The client has shown who it is: neither deadline nor cap concern it any more. */
  readonly onAuthenticated: () => void;
  /** Aborts when the client is too slow. */
  readonly signal: AbortSignal;
}

export interface ListenerOptions {
  /** @throws Refusal, which the client is told */
  readonly serve: (connection: Connection) => Promise<void>;
  readonly log: Log;
  /** For start-up, TLS and password together. */
  readonly handshakeMs: number;
  /** Connections that have not shown who they are, from one address and from all. */
  readonly maxUnknownPerAddress: number;
  readonly maxUnknown: number;
}

/** For a client that doesn't read to take its last message. */
const farewellMs = 1_000;

export class Listener {
  readonly #options: ListenerOptions;
  readonly #server: Server;
  readonly #unknown: UnknownClients;
  readonly #sockets = new Set<Socket>();

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#unknown = new UnknownClients(options.maxUnknownPerAddress, options.maxUnknown);
    this.#server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 });
    this.#server.on("connection", (socket) => this.#accept(socket));
    this.#server.on("error", (error) => options.log.error({ err: error }, "listener failed"));
  }

  /** @throws Fault `resource.exists` for a port that is taken, else what `listen` says */
  listen(host: string, port: number): Promise<AddressInfo> {
    return new Promise((resolve, refuse) => {
      const reject = (error: NodeJS.ErrnoException): void =>
        refuse(error.code === "EADDRINUSE" ? portTaken(host, port) : error);
      this.#server.once("error", reject);
      this.#server.listen({ host, port, backlog: 4096 }, () => {
        this.#server.off("error", reject);
        const address = this.#server.address();
        if (address === null || typeof address === "string") return refuse(new Error("not a TCP address"));
        resolve(address);
      });
    });
  }

  /** Takes no more connections, and settles when those that there are have gone. */
  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** Cuts off who is left. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: Socket): void {
    const address = socket.remoteAddress ?? "";
    socket.on("error", () => undefined);
    const release = this.#unknown.admit(address);
    if (release === undefined) {
      this.#options.log.warn({ address }, "too many connections that don't show who they are");
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    void this.#serve(socket, address, release);
  }

  async #serve(socket: Socket, address: string, release: () => void): Promise<void> {
    const deadline = new AbortController();
    const timer = setTimeout(
      () => deadline.abort(new Refusal({ type: "handshake_timeout" })),
      this.#options.handshakeMs,
    );
    let stream: Duplex = socket;
    const known = (): void => {
      release();
      clearTimeout(timer);
    };
    // A TLS handshake is read by TLS alone: only the end of its socket ends it.
    deadline.signal.addEventListener("abort", () => setTimeout(() => socket.destroy(), farewellMs).unref());
    socket.once("close", () => deadline.abort(new Refusal({ type: "handshake_timeout" })));
    try {
      const onStream = (next: Duplex): void => void (stream = next);
      await this.#options.serve({
        socket,
        address,
        onStream,
        onAuthenticated: known,
        signal: deadline.signal,
      });
      stream.end();
    } catch (error) {
      this.#fail(stream, address, error);
    } finally {
      known();
      setTimeout(() => socket.destroy(), farewellMs).unref();
    }
  }

  #fail(stream: Duplex, address: string, error: unknown): void {
    if (error instanceof Refusal) {
      this.#options.log.info({ address, refusal: error.reason.type, err: error.cause }, "connection refused");
      refuse(stream, error.reason);
      return;
    }
    this.#options.log.error({ address, err: error }, "connection failed");
    refuse(stream, { type: "control_plane_failed", message: "the proxy failed" });
  }
}

function portTaken(host: string, port: number): Fault {
  return new Fault("resource.exists", `${formatEndpoint({ host, port })} is in use by another program`, {
    hint: "end it, or listen elsewhere: `listen_addr` in the configuration",
  });
}
