/**
 * Knows what the server still has to answer, in order, and tells of each answer who waits for it (manual, "Message
 * Flow"): which messages an error made it drop, what a Sync means during COPY, and the transaction's state.
 * An answer that no message asked for is a broken server: nothing it says could be believed any more.
 */
import { errorField } from "@postern/wire/error-response";
import { ProtocolError } from "@postern/wire/errors";
import { bodyOf, type MessageFrame } from "@postern/wire/frame";
import { decodeCommandComplete } from "@postern/wire/messages/backend/command-complete";
import { decodeErrorResponse, type ErrorResponse } from "@postern/wire/messages/backend/error-response";
import { decodeReadyForQuery, type TransactionStatus } from "@postern/wire/messages/backend/ready-for-query";
import { BACKEND_TAG } from "@postern/wire/messages/backend/tag";
import { type Expectation, isExtended } from "./expectation.ts";
import { Fifo } from "./fifo.ts";
import type { Failure, ReplyEvent } from "./reply-event.ts";

export class ReplyQueue {
  readonly #queue = new Fifo<Expectation>();
  /** The server drops messages until a Sync: the head of the queue, once the client has sent it. */
  #skipping: Failure | undefined;
  /** The server reads COPY data and passes over Sync until CopyDone or CopyFail. */
  #copyingIn = false;
  #status: TransactionStatus = "idle";
  #bytes = 0;
  #fatal: ErrorResponse | undefined;

  get status(): TransactionStatus {
    return this.#status;
  }

  /** Nothing is being run for the client, and nothing waits to be. */
  get isIdle(): boolean {
    return this.#queue.head === undefined;
  }

  /** The recorded statement that the server is at. */
  get statementId(): string | undefined {
    return this.#head()?.listener?.statementId;
  }

  /** What the server said when it ended the session, if it did. */
  get fatal(): ErrorResponse | undefined {
    return this.#fatal;
  }

  /** What the client sends now will be dropped, up to its next Sync. */
  get isSkipping(): boolean {
    return this.#skipping !== undefined && this.#queue.head === undefined;
  }

  /** A message leaves for the server, or an answer of ours waits for its turn. */
  expect(expectation: Expectation): void {
    if (expectation.kind === "copy_end" && (this.#copyingIn || this.isIdle)) this.#copyingIn = false;
    else if (expectation.kind === "sync" && this.#copyingIn) return;
    else if (expectation.kind !== "sync" && this.#skipping && this.isSkipping)
      this.#skip(expectation, this.#skipping);
    else this.#queue.push(expectation);
  }

  /** Bytes of replies that have no other meaning here. */
  count(bytes: number): void {
    this.#bytes += bytes;
  }

  /** The replies of ours that are due now. To be asked only between two of the server's messages. */
  takeAnswers(): Uint8Array[] {
    const replies: Uint8Array[] = [];
    for (let head = this.#queue.head; head; head = this.#queue.head) {
      if (head.kind === "answer") replies.push(head.reply);
      else if (head.kind !== "copy_end") break;
      this.#queue.shift();
    }
    return replies;
  }

  /** A message of the server. @throws ProtocolError for one that has no place here */
  reply(frame: MessageFrame): void {
    this.#bytes += frame.bytes.length;
    switch (frame.tag) {
      case BACKEND_TAG.ParseComplete:
        return this.#complete(frame.tag, "parse");
      case BACKEND_TAG.BindComplete:
        return this.#complete(frame.tag, "bind");
      case BACKEND_TAG.CloseComplete:
        return this.#complete(frame.tag, "close");
      case BACKEND_TAG.NoData:
        return this.#complete(frame.tag, "describe");
      case BACKEND_TAG.CommandComplete:
        return this.#commandEnded(frame.tag, {
          type: "completed",
          tag: decodeCommandComplete(bodyOf(frame)).tag,
          bytes: this.#takeBytes(),
        });
      case BACKEND_TAG.EmptyQueryResponse:
        return this.#commandEnded(frame.tag, { type: "empty", bytes: this.#takeBytes() });
      case BACKEND_TAG.PortalSuspended:
        return this.#suspended(frame.tag);
      case BACKEND_TAG.CopyInResponse:
        return this.#copyIn(frame.tag);
      case BACKEND_TAG.ErrorResponse:
        return this.#fail(decodeErrorResponse(bodyOf(frame)));
      case BACKEND_TAG.ReadyForQuery:
        return this.#ready(decodeReadyForQuery(bodyOf(frame)).status);
      default:
        return undefined;
    }
  }

  /** A message that was streamed, so that only its type is known, has come to its end. */
  streamed(tag: number): void {
    if (tag === BACKEND_TAG.ErrorResponse) this.#fail(undefined);
    else if (tag === BACKEND_TAG.RowDescription && this.#head()?.kind === "describe")
      this.#complete(tag, "describe");
    else if (tag === BACKEND_TAG.FunctionCallResponse) this.#functionReturned(tag);
  }

  #head(): Expectation | undefined {
    // The end of a COPY that had failed before it, or that nobody asked for: the server passes over it.
    while (this.#queue.head?.kind === "copy_end") this.#queue.shift();
    return this.#queue.head;
  }

  #complete(tag: number, kind: Expectation["kind"]): void {
    const head = this.#expectHead(tag, [kind]);
    this.#queue.shift();
    head.listener?.onReply({ type: "completed", tag: undefined, bytes: this.#takeBytes() });
  }

  #commandEnded(tag: number, event: ReplyEvent): void {
    const head = this.#expectHead(tag, ["execute", "query"]);
    if (head.kind === "execute") this.#queue.shift();
    this.#copyingIn = false;
    head.listener?.onReply(event);
  }

  #suspended(tag: number): void {
    const head = this.#expectHead(tag, ["execute"]);
    this.#queue.shift();
    head.listener?.onReply({ type: "suspended", bytes: this.#takeBytes() });
  }

  #functionReturned(tag: number): void {
    const head = this.#expectHead(tag, ["function"]);
    head.listener?.onReply({ type: "completed", tag: undefined, bytes: this.#takeBytes() });
  }

  /**
   * From here the server reads data. A Sync that it meets before the data's end it passes over: libpq sends one with
   * the COPY and another behind the data, and only the latter is answered.
   */
  #copyIn(tag: number): void {
    this.#expectHead(tag, ["execute", "query"]);
    const end = this.#queue.find((expectation) => expectation.kind === "copy_end", 1);
    this.#copyingIn = end === undefined;
    let isBeforeEnd = true;
    this.#queue.filter((expectation) => {
      const wasBeforeEnd = isBeforeEnd;
      if (expectation === end) isBeforeEnd = false;
      return !(wasBeforeEnd && (expectation.kind === "sync" || expectation === end));
    });
  }

  #fail(response: Failure["response"]): void {
    if (response && isFatal(response)) this.#fatal = response;
    const head = this.#head();
    const failure: Failure = { response, subject: head?.listener?.subject, isRecorded: false };
    this.#copyingIn = false;
    // An error that comes unasked, such as an administrator's command, ends the connection.
    if (head === undefined) return;
    if (isExtended(head.kind)) {
      this.#queue.shift();
      this.#skipToSync(failure);
    }
    head.listener?.onReply({ type: "failed", failure, bytes: this.#takeBytes() });
  }

  #skipToSync(failure: Failure): void {
    this.#skipping = failure;
    for (let head = this.#queue.head; head && head.kind !== "sync"; head = this.#queue.head) {
      this.#queue.shift();
      this.#skip(head, failure);
    }
  }

  #skip(expectation: Expectation, failure: Failure): void {
    expectation.listener?.onReply({ type: "skipped", failure });
  }

  #ready(status: TransactionStatus): void {
    this.#status = status;
    this.#skipping = undefined;
    this.#copyingIn = false;
    // A COPY that failed before the server met the Sync which it would have passed over: it answers that one, too.
    if (this.#head() === undefined) return;
    const { listener } = this.#expectHead(BACKEND_TAG.ReadyForQuery, ["sync", "query", "function"]);
    this.#queue.shift();
    this.#bytes = 0;
    listener?.onReply({ type: "ready", status });
  }

  #expectHead(tag: number, kinds: readonly Expectation["kind"][]): Expectation {
    const head = this.#head();
    if (head && kinds.includes(head.kind)) return head;
    const text = `backend message type ${tag} answers ${head?.kind ?? "nothing"}`;
    throw new ProtocolError("tag.refused", text);
  }

  #takeBytes(): number {
    const bytes = this.#bytes;
    this.#bytes = 0;
    return bytes;
  }
}

/** Servers before 9.6 have no field V. */
function isFatal(response: ErrorResponse): boolean {
  const severity = errorField(response, "V") ?? errorField(response, "S");
  return severity === "FATAL" || severity === "PANIC";
}
