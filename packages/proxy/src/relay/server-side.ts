/** From the server to the client: what is answered is told to who waits for it, recorded, and then passed on. */
import type { Duplex } from "node:stream";
import { bodyOf, type MessageFrame } from "@postern/wire/frame";
import { Framer } from "@postern/wire/framer";
import { decodeParameterStatus } from "@postern/wire/messages/backend/parameter-status";
import { BACKEND_TAG } from "@postern/wire/messages/backend/tag";
import type { Journal } from "../audit/journal.ts";
import { Outbox } from "./outbox.ts";
import { backendPolicy } from "./policy.ts";
import type { ReplyQueue } from "./reply-queue.ts";
import type { Settings } from "./settings.ts";

export interface ServerSideOptions {
  readonly client: Duplex;
  readonly server: Duplex;
  readonly queue: ReplyQueue;
  readonly settings: Settings;
  readonly journal: Journal;
  /** The client could be told something of ours here. */
  readonly onBoundary: () => void;
}

export class ServerSide {
  readonly #options: ServerSideOptions;
  readonly #framer = new Framer(backendPolicy);
  readonly #toClient: Outbox;
  /** The client is amid one of the server's messages. */
  #isAmidMessage = false;
  #isClientGone = false;

  constructor(options: ServerSideOptions) {
    this.#options = options;
    this.#toClient = new Outbox(options.client);
  }

  get isAmidMessage(): boolean {
    return this.#isAmidMessage;
  }

  /** Takes bytes of the server. @throws ProtocolError, and what keeping records throws */
  take(chunk: Uint8Array): void {
    this.#framer.push(chunk);
    try {
      while (this.#next());
    } finally {
      this.#options.journal.flush();
      this.#flush();
    }
  }

  /** Passes on what has been answered in the server's stead, as far as it is due. */
  sendAnswers(): void {
    if (this.#isAmidMessage) return;
    const answers = this.#options.queue.takeAnswers();
    for (const answer of answers) this.#push(answer);
    if (answers.length > 0) this.#flush();
  }

  /** The client's last message, unless it would stand amid another one. From here on the server is only listened to. */
  farewell(message: Uint8Array | undefined): void {
    if (message && !this.#isAmidMessage) this.#push(message);
    this.#flush();
    this.#isClientGone = true;
  }

  #next(): boolean {
    const piece = this.#framer.next();
    if (piece === undefined) return false;
    if (piece.type === "span") this.#hear(piece.tag, piece.frames, piece.bytes);
    else if (piece.type === "message") this.#read(piece);
    this.#push(piece.bytes);
    this.#isAmidMessage = piece.type === "span" && piece.open;
    if (!this.#isAmidMessage && !this.#isClientGone) this.#boundary();
    return true;
  }

  #boundary(): void {
    for (const answer of this.#options.queue.takeAnswers()) this.#push(answer);
    this.#options.onBoundary();
  }

  #hear(tag: number, frames: number, bytes: Uint8Array): void {
    this.#options.queue.count(bytes.length);
    if (tag === BACKEND_TAG.DataRow || tag === BACKEND_TAG.CopyData) return;
    for (let left = frames; left > 0; left -= 1) this.#options.queue.streamed(tag);
  }

  #read(frame: MessageFrame): void {
    if (frame.tag === BACKEND_TAG.ParameterStatus) {
      this.#options.settings.take(decodeParameterStatus(bodyOf(frame)));
    }
    this.#options.queue.reply(frame);
  }

  #push(bytes: Uint8Array): void {
    if (!this.#isClientGone) this.#toClient.push(bytes);
  }

  #flush(): void {
    if (!this.#toClient.flush() && !this.#isClientGone) this.#options.server.pause();
  }
}
