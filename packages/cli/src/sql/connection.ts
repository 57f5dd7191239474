/** Messages of the protocol over one socket, in their order. */
import type { Duplex } from "node:stream";
import { type FramePolicy, LENGTH_LIMIT } from "@postern/wire/frame";
import { Framer } from "@postern/wire/framer";
import { type BackendMessage, decodeBackend } from "@postern/wire/messages/backend";
import { encodeFrontend, type FrontendMessage } from "@postern/wire/messages/frontend";
import { drained } from "../drained.ts";
import { ServerError } from "./server-error.ts";

/** A row may be as long as PostgreSQL makes them; memory is taken as it comes. */
const policy: FramePolicy = { kind: "typed", rule: () => ({ type: "assemble", limit: LENGTH_LIMIT }) };

export class Connection {
  readonly #socket: Duplex;
  readonly #chunks: AsyncIterator<unknown>;
  readonly #framer = new Framer(policy);

  constructor(socket: Duplex) {
    this.#socket = socket;
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  /** Settles when the socket takes more. */
  async send(...messages: readonly FrontendMessage[]): Promise<void> {
    if (this.#socket.destroyed) throw lost();
    if (!this.#socket.write(Buffer.concat(messages.map(encodeFrontend)))) await drained(this.#socket);
  }

  /** Throws ServerError 08006 at the end of the stream, and ProtocolError for what is no message. */
  async next(): Promise<BackendMessage> {
    for (;;) {
      const piece = this.#framer.next();
      if (piece?.type === "message") return decodeBackend(piece);
      if (piece === undefined) this.#framer.push(await this.#nextChunk());
    }
  }

  /** Says goodbye, as far as there is still somebody. */
  end(): void {
    if (this.#socket.writable) this.#socket.end(encodeFrontend({ type: "Terminate" }));
    this.#socket.resume();
  }

  async #nextChunk(): Promise<Uint8Array> {
    try {
      const { value } = await this.#chunks.next();
      if (value instanceof Uint8Array) return value;
    } catch {
      // Whatever ended it: there is nobody any more.
    }
    throw lost();
  }
}

/** connection_failure. */
function lost(): ServerError {
  return new ServerError("the server closed the connection", "08006", { severity: "FATAL" });
}
