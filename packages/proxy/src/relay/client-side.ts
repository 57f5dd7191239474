/** From the client to the server: every message is inspected and recorded, and only then it leaves. */
import type { Duplex } from "node:stream";
import type { MessageFrame, Piece } from "@postern/wire/frame";
import { Framer } from "@postern/wire/framer";
import { decodeFrontend } from "@postern/wire/messages/frontend";
import type { Journal } from "../audit/journal.ts";
import type { Inspector } from "../inspect/disposition.ts";
import { kindOf } from "./expectation.ts";
import { Outbox } from "./outbox.ts";
import { frontendPolicy } from "./policy.ts";
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

export class ClientSide {
  readonly #options: ClientSideOptions;
  readonly #framer = new Framer(frontendPolicy);
  readonly #toServer: Outbox;
  /** A message that waits, and everything behind it. */
  #held: Piece | undefined;
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

  get isHeld(): boolean {
    return this.#held !== undefined;
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
    const { client, server } = this.#options;
    if (this.isHeld || this.#waits > 0 || server.writableNeedDrain) client.pause();
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
    const { room } = this.#options;
    if (this.#waits > 0) return false;
    if (room.hasRoom) return true;
    void this.wait(new Promise<void>((resolve) => room.onRoom(resolve)));
    return false;
  }

  /** False when there is nothing more, or it has to wait. */
  #next(): boolean {
    const piece = this.#held ?? this.#framer.next();
    this.#held = undefined;
    if (piece === undefined) return false;
    if (piece.type === "span") this.#toServer.push(piece.bytes);
    else if (piece.type === "message" && !this.#dispose(piece)) this.#held = piece;
    return this.#held === undefined;
  }

  /** False when the message has to wait. */
  #dispose(frame: MessageFrame): boolean {
    const message = decodeFrontend(frame);
    const disposition = this.#options.inspector.inspect(message);
    const { queue } = this.#options;
    const kind = kindOf(message);
    switch (disposition.type) {
      case "hold":
        return false;
      case "answer":
        queue.expect({ kind: "answer", listener: undefined, reply: disposition.reply });
        return true;
      case "forward":
      case "replace":
        if (kind) queue.expect({ kind, listener: disposition.listener });
        if (message.type === "Terminate") this.#hasTerminated = true;
        this.#toServer.push(disposition.type === "replace" ? disposition.message : frame.bytes);
        return true;
    }
  }
}
