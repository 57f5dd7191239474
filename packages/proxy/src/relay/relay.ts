/**
 * Relays a session, both ways, as bytes come: framed, not re-encoded. Either side that can't keep up makes the other
 * wait; either side's end, or a third's, ends it.
 */
import type { Duplex } from "node:stream";
import type { SessionEnd } from "@postern/core/audit/record";
import { ProtocolError } from "@postern/wire/errors";
import { encodeFrontend } from "@postern/wire/messages/frontend";
import type { Journal } from "../audit/journal.ts";
import type { Inspector } from "../inspect/disposition.ts";
import { encodeRefusal, type RefusalCause } from "../refusal/refusal.ts";
import type { Tally } from "../spool/tally.ts";
import { ClientSide, type Room } from "./client-side.ts";
import type { ReplyQueue } from "./reply-queue.ts";
import { ServerSide } from "./server-side.ts";
import type { Settings } from "./settings.ts";

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

/** For the client to take its last message, and for the server to come to the end of one. */
const farewellMs = 1_000;
/** For the server to say what became of the statements that it still had. */
const lastOutcomesMs = 5_000;

export class Relay {
  readonly #options: RelayOptions;
  readonly #clientSide: ClientSide;
  readonly #serverSide: ServerSide;
  readonly #done = Promise.withResolvers<RelayEnd>();
  /** Waits for a place where the client can be told. */
  #ending: RelayEnd | undefined;
  /** The client is out; the server may still be listened to. */
  #end: RelayEnd | undefined;
  /** Nobody is listened to any more: the session's records have their end. */
  #isSettled = false;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#clientSide = new ClientSide({ ...options, onMayLeave: () => this.#pumpClient() });
    this.#serverSide = new ServerSide({
      ...options,
      onBoundary: () => this.#ending && this.#finish(this.#ending),
    });
  }

  /** Relays until one side ends, or `end` is called. Settles when nothing more can come of it; both streams are closed. */
  run(): Promise<RelayEnd> {
    const { client, server, clientUnread, serverUnread } = this.#options;
    client.on("data", (chunk: Uint8Array) => this.#fromClient(chunk));
    server.on("data", (chunk: Uint8Array) => this.#fromServer(chunk));
    client.on("drain", () => server.resume());
    server.on("drain", () => this.#pumpClient());
    for (const event of ["error", "end", "close"]) {
      client.on(event, () => this.#clientGone());
      server.on(event, () => this.#serverGone());
    }
    if (serverUnread.length > 0) this.#fromServer(serverUnread);
    this.#fromClient(clientUnread);
    server.resume();
    return this.#done.promise;
  }

  /** Ends the session, telling the client why at the next place where that can be said. */
  end(end: RelayEnd): void {
    if (this.#ending || this.#end) return;
    this.#ending = end;
    this.#options.client.pause();
    if (!this.#serverSide.isAmidMessage) return this.#finish(end);
    setTimeout(() => this.#finish(end), farewellMs).unref();
  }

  /** Nothing more leaves for the server until `until` settles: what it is about to do must hit no other statement. */
  waitFor(until: Promise<unknown>): Promise<void> {
    return this.#clientSide.wait(until);
  }

  #fromClient(chunk: Uint8Array): void {
    if (this.#ending || this.#end) return;
    this.#options.tally.bytes_in += chunk.length;
    this.#guardClient(() => this.#clientSide.take(chunk));
  }

  #pumpClient(): void {
    if (!this.#ending && !this.#end) this.#guardClient(() => this.#clientSide.pump());
  }

  #guardClient(act: () => void): void {
    try {
      act();
      this.#serverSide.sendAnswers();
    } catch (error) {
      this.#finish(error instanceof ProtocolError ? clientFault(error) : ownFault(error));
    }
  }

  #fromServer(chunk: Uint8Array): void {
    if (this.#isSettled) return;
    this.#options.tally.bytes_out += chunk.length;
    try {
      this.#serverSide.take(chunk);
      if (this.#clientSide.isStalled) this.#pumpClient();
      if (this.#end && this.#options.queue.isIdle) this.#settle();
    } catch (error) {
      this.#finish(error instanceof ProtocolError ? serverFault(error) : ownFault(error));
      this.#options.server.destroy();
    }
  }

  #clientGone(): void {
    this.#finish({ reason: this.#clientSide.hasTerminated ? "client_closed" : "client_lost" });
  }

  #serverGone(): void {
    const { queue } = this.#options;
    if (this.#clientSide.hasTerminated) this.#finish({ reason: "client_closed" });
    else if (queue.fatal) this.#finish({ reason: "server_closed" });
    else this.#finish({ reason: "upstream_failed", refusal: { type: "database_closed" } });
    this.#settle();
  }

  /** Lets the client go, and the server; what that one was still at, it may tell. */
  #finish(end: RelayEnd): void {
    if (this.#end) return;
    this.#end = end;
    const { client, server, queue } = this.#options;
    this.#serverSide.farewell(end.refusal && encodeRefusal(end.refusal));
    client.end();
    client.resume();
    // Amid a message it would be taken for the rest of it.
    if (server.writable && !this.#clientSide.isAmidMessage)
      server.write(encodeFrontend({ type: "Terminate" }));
    server.resume();
    if (queue.isIdle) this.#settle();
    else setTimeout(() => this.#settle(), lastOutcomesMs).unref();
  }

  #settle(): void {
    this.#isSettled = true;
    const { client, server } = this.#options;
    setTimeout(() => client.destroy(), farewellMs).unref();
    server.end();
    setTimeout(() => server.destroy(), farewellMs).unref();
    if (this.#end) this.#done.resolve(this.#end);
  }
}

function clientFault({ sqlstate, message }: ProtocolError): RelayEnd {
  return { reason: "protocol_violation", refusal: { type: "protocol", sqlstate, message } };
}

function serverFault({ message }: ProtocolError): RelayEnd {
  return { reason: "upstream_failed", refusal: { type: "database_protocol", problem: message } };
}

/** A record that can't be kept, or a mistake of ours. */
function ownFault(cause: unknown): RelayEnd {
  return { reason: "proxy_stopped", refusal: { type: "audit_unavailable" }, cause };
}
