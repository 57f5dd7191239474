/** From the client to the server: every message is inspected and recorded, and only then it leaves. */
import type { Duplex } from "node:stream";
import type { MessageFrame } from "@postern/wire/frame";
import { Framer } from "@postern/wire/framer";
import { decodeFrontend, encodeFrontend, type FrontendMessage } from "@postern/wire/messages/frontend";
import type { Journal } from "../audit/journal.ts";
import type { Inspector } from "../inspect/disposition.ts";
import { kindOf } from "./expectation.ts";
import { Outbox } from "./outbox.ts";
import { frontendPolicy } from "./policy.ts";
import type { ReplyListener } from "./reply-event.ts";
import type { ReplyQueue } from "./reply-queue.ts";

/** Where records wait: when it is full, so do the clients. */
export interface Room {
  readonly hasRoom: boolean;
  /** Calls back once, when there is room again. */
  onRoom(callback: () => void): void;
}

export interface ClientSideOptions {
  readonly client: Duplex;
  readonly server: Duplex;
  readonly inspector: Inspector;
  readonly queue: ReplyQueue;
  readonly journal: Journal;
  readonly room: Room;
  /** What kept messages from leaving is over: `pump` is to be called. */
  readonly onMayLeave: () => void;
}

interface Received {
  readonly frame: MessageFrame;
  readonly message: FrontendMessage;
}

/** Ahead of a message that waits for an answer: else the server would keep it until a Sync, which waits as well. */
const flush = encodeFrontend({ type: "Flush" });

export class ClientSide {
  readonly #options: ClientSideOptions;
  readonly #framer = new Framer(frontendPolicy);
  readonly #toServer: Outbox;
  /** A message that waits, and everything behind it. */
  #held: Received | undefined;
  /** It waits for an answer of the server. */
  #isStalled = false;
  /** How many things have to be waited for before anything may leave. */
  #waits = 0;
  #hasTerminated = false;

  constructor(options: ClientSideOptions) {
    this.#options = options;
    this.#toServer = new Outbox(options.server);
  }

  /** The client has said that it goes. */
  get hasTerminated(): boolean {
    return this.#hasTerminated;
  }

  /** With the server's next answer something may leave. */
  get isStalled(): boolean {
    return this.#isStalled;
  }

  /** Takes bytes of the client. @throws ProtocolError, and what keeping records throws */
  take(chunk: Uint8Array): void {
    this.#framer.push(chunk);
    this.pump();
  }

  /** Lets leave what may; what came before an error leaves all the same. Throws as `take` does. */
  pump(): void {
    try {
      while (this.#mayLeave() && this.#next());
    } finally {
      this.#options.journal.flush();
      this.#toServer.flush();
    }
    const { client, server, queue } = this.#options;
    this.#isStalled = this.#held !== undefined || queue.isFull;
    if (this.#isStalled || this.#waits > 0 || server.writableNeedDrain) client.pause();
    else client.resume();
  }

  /** Nothing more leaves until that has settled. */
  async wait(until: Promise<unknown>): Promise<void> {
    this.#waits += 1;
    await until.catch(() => undefined);
    this.#waits -= 1;
    this.#options.onMayLeave();
  }

  #mayLeave(): boolean {
    const { room, queue } = this.#options;
    if (this.#waits > 0 || queue.isFull) return false;
    if (room.hasRoom) return true;
    void this.wait(new Promise<void>((resolve) => room.onRoom(resolve)));
    return false;
  }

  /** False when there is nothing more, or it has to wait. */
  #next(): boolean {
    if (this.#held) return this.#dispose(this.#held);
    const piece = this.#framer.next();
    if (piece === undefined) return false;
    if (piece.type === "message") return this.#dispose({ frame: piece, message: decodeFrontend(piece) });
    this.#toServer.push(piece.bytes);
    return true;
  }

  /** False when the message has to wait. */
  #dispose(received: Received): boolean {
    const disposition = this.#options.inspector.inspect(received.message);
    if (disposition.type === "hold") return this.#hold(received);
    this.#held = undefined;
    switch (disposition.type) {
      case "drop":
        return true;
      case "answer":
        this.#options.queue.expect({ kind: "answer", listener: undefined, reply: disposition.reply });
        return true;
      case "forward":
        this.#send(received.message, received.frame.bytes, disposition.listener);
        return true;
      case "replace":
        this.#send(received.message, disposition.message, disposition.listener);
        return true;
    }
  }

  #hold(received: Received): false {
    if (this.#held === undefined) this.#toServer.push(flush);
    this.#held = received;
    return false;
  }

  #send(message: FrontendMessage, bytes: Uint8Array, listener: ReplyListener | undefined): void {
    const kind = kindOf(message);
    if (kind) this.#options.queue.expect({ kind, listener });
    if (message.type === "Terminate") this.#hasTerminated = true;
    this.#toServer.push(bytes);
  }
}
