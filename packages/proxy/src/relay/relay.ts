/**
 * Relays a session, both ways, as bytes come: framed, not re-encoded. What a client sends is inspected and recorded
 * before it leaves; what the server answers is told to who waits for it, recorded, and then passed on. Either side
 * that can't keep up makes the other wait.
 */
import type { Duplex } from "node:stream";
import type { SessionEnd } from "@postern/core/audit/record";
import { ProtocolError } from "@postern/wire/errors";
import { bodyOf, type MessageFrame, type Piece } from "@postern/wire/frame";
import { Framer } from "@postern/wire/framer";
import { decodeParameterStatus } from "@postern/wire/messages/backend/parameter-status";
import { BACKEND_TAG } from "@postern/wire/messages/backend/tag";
import { decodeFrontend, encodeFrontend } from "@postern/wire/messages/frontend";
import type { Journal } from "../audit/journal.ts";
import type { Inspector } from "../inspect/disposition.ts";
import { encodeRefusal, Refusal, type RefusalCause } from "../refusal.ts";
import type { Tally } from "../spool/tally.ts";
import { kindOf } from "./expectation.ts";
import { Outbox } from "./outbox.ts";
import { backendPolicy, frontendPolicy } from "./policy.ts";
import type { ReplyQueue } from "./reply-queue.ts";
import type { Settings } from "./settings.ts";

/** Where records wait: when it is full, so do the clients. */
export interface Room {
  readonly hasRoom: boolean;
  /** Calls back once, when there is room again. */
  onRoom(callback: () => void): void;
}

export interface RelayOptions {
  readonly client: Duplex;
  readonly server: Duplex;
  /** What came behind the start-up of either side. */
  readonly clientUnread: Uint8Array;
  readonly serverUnread: Uint8Array;
  readonly inspector: Inspector;
  readonly queue: ReplyQueue;
  readonly settings: Settings;
  readonly journal: Journal;
  readonly tally: Tally;
  readonly room: Room;
}

/** How it came to its end; `refusal` is what the client was told, if it was told something. */
export interface RelayEnd {
  readonly reason: SessionEnd["reason"];
  readonly refusal?: RefusalCause;
  /** What went wrong inside, for the log alone. */
  readonly cause?: unknown;
}

/** For the client to take the last message, and for the server to come to the end of one. */
const farewellMs = 1_000;

export class Relay {
  readonly #options: RelayOptions;
  readonly #clientFramer = new Framer(frontendPolicy);
  readonly #serverFramer = new Framer(backendPolicy);
  readonly #toClient: Outbox;
  readonly #toServer: Outbox;
  readonly #end = Promise.withResolvers<RelayEnd>();
  /** A client's message that waits, and everything behind it. */
  #held: Piece | undefined;
  /** Reasons why nothing may leave for the server just now. */
  readonly #pauses = new Set<string>();
  /** The client is amid one of the server's messages. */
  #isAmidMessage = false;
  #hasTerminated = false;
  #ending: RelayEnd | undefined;
  #isOver = false;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#toClient = new Outbox(options.client);
    this.#toServer = new Outbox(options.server);
  }

  /** Relays until one side ends, or `end` is called. Both streams are closed then. */
  run(): Promise<RelayEnd> {
    const { client, server } = this.#options;
    client.on("data", (chunk: Uint8Array) => this.#fromClient(chunk));
    server.on("data", (chunk: Uint8Array) => this.#fromServer(chunk));
    client.on("drain", () => server.resume());
    server.on("drain", () => this.#resumeClient());
    client.on("error", () => this.#clientGone());
    server.on("error", () => this.#serverGone());
    client.on("end", () => this.#clientGone());
    server.on("end", () => this.#serverGone());
    client.on("close", () => this.#clientGone());
    server.on("close", () => this.#serverGone());
    client.resume();
    server.resume();
    if (this.#options.serverUnread.length > 0) this.#fromServer(this.#options.serverUnread);
    if (this.#options.clientUnread.length > 0) this.#fromClient(this.#options.clientUnread);
    return this.#end.promise;
  }

  /** Ends the session, telling the client why at the next place where that can be said. */
  end(end: RelayEnd): void {
    if (this.#ending || this.#isOver) return;
    this.#ending = end;
    this.#options.client.pause();
    if (!this.#isAmidMessage) return this.#finish(end);
    setTimeout(() => this.#finish(end), farewellMs).unref();
  }

  /** Nothing more leaves for the server until `until` settles: what it is about to do must hit no other statement. */
  async pauseClient(until: Promise<unknown>): Promise<void> {
    const pause = crypto.randomUUID();
    this.#pauses.add(pause);
    await until.catch(() => undefined);
    this.#pauses.delete(pause);
    this.#resumeClient();
  }

  #fromClient(chunk: Uint8Array): void {
    if (this.#ending || this.#isOver) return;
    this.#options.tally.bytes_in += chunk.length;
    this.#clientFramer.push(chunk);
    this.#guard("protocol_violation", () => this.#pumpClient());
  }

  #fromServer(chunk: Uint8Array): void {
    if (this.#isOver) return;
    this.#options.tally.bytes_out += chunk.length;
    this.#serverFramer.push(chunk);
    this.#guard("upstream_failed", () => this.#pumpServer());
  }

  #resumeClient(): void {
    if (!this.#isOver && !this.#ending) this.#guard("protocol_violation", () => this.#pumpClient());
  }

  /** Takes what the client has sent as far as it may go, records it, and only then lets it leave. */
  #pumpClient(): void {
    while (this.#mayLeave()) {
      const piece = this.#held ?? this.#clientFramer.next();
      this.#held = undefined;
      if (piece === undefined) break;
      if (piece.type === "span") this.#toServer.push(piece.bytes);
      else if (piece.type === "message" && !this.#take(piece)) {
        this.#held = piece;
        break;
      }
    }
    this.#options.journal.flush();
    const isTaken = this.#toServer.flush();
    this.#sendAnswers();
    const mayGoOn = isTaken && this.#held === undefined && this.#pauses.size === 0;
    if (mayGoOn) this.#options.client.resume();
    else this.#options.client.pause();
  }

  #mayLeave(): boolean {
    const { room } = this.#options;
    if (this.#pauses.size > 0) return false;
    if (room.hasRoom) return true;
    void this.pauseClient(new Promise<void>((resolve) => room.onRoom(resolve)));
    return false;
  }

  /** False when the message has to wait. */
  #take(frame: MessageFrame): boolean {
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

  /** Tells of what the server has sent, records it, and passes it on. */
  #pumpServer(): void {
    for (let piece = this.#serverFramer.next(); piece; piece = this.#serverFramer.next()) {
      if (piece.type === "span") this.#hear(piece.tag, piece.frames, piece.bytes);
      else if (piece.type === "message") this.#read(piece);
      this.#toClient.push(piece.bytes);
      this.#isAmidMessage = piece.type === "span" && piece.open;
      this.#sendAnswers();
      if (this.#ending && !this.#isAmidMessage) return this.#finish(this.#ending);
    }
    this.#options.journal.flush();
    if (!this.#toClient.flush()) this.#options.server.pause();
    if (this.#held) this.#resumeClient();
  }

  #hear(tag: number, frames: number, bytes: Uint8Array): void {
    this.#options.queue.count(bytes.length);
    if (tag === BACKEND_TAG.DataRow || tag === BACKEND_TAG.CopyData) return;
    for (let left = frames; left > 0; left -= 1) this.#options.queue.streamed(tag);
  }

  #read(frame: MessageFrame): void {
    if (frame.tag === BACKEND_TAG.ParameterStatus)
      this.#options.settings.take(decodeParameterStatus(bodyOf(frame)));
    this.#options.queue.reply(frame);
  }

  #sendAnswers(): void {
    if (this.#isAmidMessage) return;
    const answers = this.#options.queue.takeAnswers();
    if (answers.length === 0) return;
    for (const answer of answers) this.#toClient.push(answer);
    this.#options.journal.flush();
    this.#toClient.flush();
  }

  #clientGone(): void {
    this.#finish({ reason: this.#hasTerminated ? "client_closed" : "client_lost" });
  }

  #serverGone(): void {
    if (this.#hasTerminated) return this.#finish({ reason: "client_closed" });
    if (this.#options.queue.fatal) return this.#finish({ reason: "server_closed" });
    this.#finish({ reason: "upstream_failed", refusal: { type: "database_closed" } });
  }

  /** A side that breaks the protocol, or a record that can't be kept, ends the session. */
  #guard(reason: "protocol_violation" | "upstream_failed", act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#finish(endOf(reason, error));
    }
  }

  #finish(end: RelayEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { client, server } = this.#options;
    if (end.refusal && !this.#isAmidMessage) this.#toClient.push(encodeRefusal(end.refusal));
    this.#toClient.flush();
    client.end();
    if (!server.destroyed) server.end(encodeFrontend({ type: "Terminate" }));
    for (const stream of [client, server]) setTimeout(() => stream.destroy(), farewellMs).unref();
    client.resume();
    server.resume();
    this.#end.resolve(end);
  }
}

function endOf(reason: "protocol_violation" | "upstream_failed", error: unknown): RelayEnd {
  if (error instanceof Refusal) return { reason, refusal: error.reason };
  if (!(error instanceof ProtocolError)) {
    return { reason: "proxy_stopped", refusal: { type: "audit_unavailable" }, cause: error };
  }
  if (reason === "upstream_failed") {
    return { reason, refusal: { type: "database_protocol", problem: error.message } };
  }
  return { reason, refusal: { type: "protocol", sqlstate: error.sqlstate, message: error.message } };
}
