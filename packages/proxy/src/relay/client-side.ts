/** From the client to the server: every message is inspected and recorded, and only then it leaves. */
import type { Duplex } from "node:stream";
import type { Part, Span } from "@postern/wire/frame";
import { Framer } from "@postern/wire/framer";
import { encodeFrontend } from "@postern/wire/messages/frontend";
import type { Journal } from "../audit/journal.ts";
import { type ClientMessage, readMessage } from "../inspect/client-message.ts";
import type { Inspector } from "../inspect/disposition.ts";
import { kindOf } from "./expectation.ts";
import { assertPossible, LargeMessage, type Received } from "./large-message.ts";
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

/** Ahead of a message that waits for an answer: else the server would keep it until a Sync, which waits as well. */
const flush = encodeFrontend({ type: "Flush" });

export class ClientSide {
  readonly #options: ClientSideOptions;
  readonly #framer = new Framer(frontendPolicy);
  readonly #toServer: Outbox;
  /** Goes on with what waits, and everything behind it; false when it still has to. */
  #held: (() => boolean) | undefined;
  #large: LargeMessage | undefined;
  /** The server is amid one of the client's messages. */
  #isAmidMessage = false;
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

  /** What is sent now would be taken for the rest of a message. */
  get isAmidMessage(): boolean {
    return this.#isAmidMessage;
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
    if (this.#held) return this.#held();
    const piece = this.#framer.next();
    switch (piece?.type) {
      case "message":
        return this.#dispose({ bytes: piece.bytes, message: readMessage(piece) });
      case "part":
        return this.#takePart(piece);
      case "span":
        return this.#pass(piece);
      default:
        return false;
    }
  }

  #pass({ bytes, open }: Span): true {
    this.#toServer.push(bytes);
    this.#isAmidMessage = open;
    return true;
  }

  #takePart(part: Part): boolean {
    if (this.#large === undefined) this.#toServer.push(flush); // for there is no place for it amid the message
    this.#large ??= new LargeMessage(part, this.#options.inspector);
    this.#large.take(part);
    return this.#goOn(this.#large);
  }

  /** Lets leave of a large message what may. False when it has to wait. */
  #goOn(large: LargeMessage): boolean {
    const mustWait = large.mustWait();
    this.#held = mustWait ? () => this.#goOn(large) : undefined;
    if (mustWait) return false;
    for (const bytes of large.release()) {
      this.#toServer.push(bytes);
      this.#isAmidMessage = true;
    }
    const received = large.finish();
    if (received === undefined) return true;
    this.#large = undefined;
    return this.#dispose(received);
  }

  /** False when the message has to wait. */
  #dispose(received: Received): boolean {
    const disposition = this.#options.inspector.inspect(received.message);
    if (disposition.type === "hold") return this.#hold(received);
    this.#held = undefined;
    assertPossible(received, disposition);
    switch (disposition.type) {
      case "drop":
        return true;
      case "answer":
        this.#options.queue.expect({ kind: "answer", listener: undefined, reply: disposition.reply });
        return true;
      case "forward":
        this.#send(received.message, received.bytes, disposition.listener);
        return true;
      case "replace":
        this.#send(received.message, disposition.message, disposition.listener);
        return true;
    }
  }

  #hold(received: Received): false {
    if (this.#held === undefined && !this.#isAmidMessage) this.#toServer.push(flush);
    this.#held = () => this.#dispose(received);
    return false;
  }

  #send(message: ClientMessage, bytes: Uint8Array, listener: ReplyListener | undefined): void {
    const kind = kindOf(message);
    if (kind) this.#options.queue.expect({ kind, listener });
    if (message.type === "Terminate") this.#hasTerminated = true;
    this.#toServer.push(bytes);
    this.#isAmidMessage = false;
  }
}
