/**
 * Tells of each answer of the server who waits for it, and knows the transaction's state. An answer that no message
 * asked for is a broken server: nothing it says could be believed any more.
 */
import { errorField } from "@postern/wire/error-response";
import { ProtocolError } from "@postern/wire/errors";
import { bodyOf, type MessageFrame } from "@postern/wire/frame";
import { decodeCommandComplete } from "@postern/wire/messages/backend/command-complete";
import { decodeErrorResponse, type ErrorResponse } from "@postern/wire/messages/backend/error-response";
import { decodeReadyForQuery, type TransactionStatus } from "@postern/wire/messages/backend/ready-for-query";
import { BACKEND_TAG } from "@postern/wire/messages/backend/tag";
import type { Expectation } from "./expectation.ts";
import { Expectations } from "./expectations.ts";
import type { Failure, ReplyEvent } from "./reply-event.ts";

/**
 * A pipeline deeper than this waits. It is far more than the server answers in one buffer (8 KB), so that no client
 * waits for an answer which the server would keep until it has the rest.
 */
const mostExpected = 10_000;

export class ReplyQueue {
  readonly #expectations = new Expectations();
  #status: TransactionStatus = "idle";
  #bytes = 0;
  #fatal: ErrorResponse | undefined;
  /** Its failure has been told of: of it only ReadyForQuery is still to come. */
  #failedHead: Expectation | undefined;

  get status(): TransactionStatus {
    return this.#status;
  }

  get isIdle(): boolean {
    return this.#expectations.isEmpty;
  }

  /** What the client sends now will be dropped, up to its next Sync. */
  get isSkipping(): boolean {
    return this.#expectations.isSkipping;
  }

  /** The server reads COPY data, and passes over any Sync until its end. */
  get isCopyingIn(): boolean {
    return this.#expectations.isCopyingIn;
  }

  /** What the client sends now could mean one thing or another, which the next answers tell. */
  get isUndecided(): boolean {
    return this.#expectations.isUndecided;
  }

  /** Too much is on its way already. */
  get isFull(): boolean {
    return this.#expectations.length >= mostExpected;
  }

  /** The recorded statement that the server is at. */
  get statementId(): string | undefined {
    return this.#expectations.head?.listener?.statementId;
  }

  /** What the server said when it ended the session, if it did. */
  get fatal(): ErrorResponse | undefined {
    return this.#fatal;
  }

  /** A message leaves for the server, or an answer of ours waits for its turn. */
  expect(expectation: Expectation): void {
    this.#expectations.add(expectation);
  }

  /** The replies of ours that are due now. To be asked only between two of the server's messages. */
  takeAnswers(): Uint8Array[] {
    return this.#expectations.takeAnswers();
  }

  /** Bytes of replies that have no other meaning here. */
  count(bytes: number): void {
    this.#bytes += bytes;
  }

  /** A message of the server. @throws ProtocolError for one that has no place here */
  reply(frame: MessageFrame): void {
    this.#bytes += frame.bytes.length;
    switch (frame.tag) {
      case BACKEND_TAG.ParseComplete:
        return this.#answered(frame.tag, "parse");
      case BACKEND_TAG.BindComplete:
        return this.#answered(frame.tag, "bind");
      case BACKEND_TAG.CloseComplete:
        return this.#answered(frame.tag, "close");
      case BACKEND_TAG.NoData:
        return this.#answered(frame.tag, "describe");
      case BACKEND_TAG.PortalSuspended:
        return this.#ran(frame.tag, { type: "suspended", bytes: this.#takeBytes() });
      case BACKEND_TAG.EmptyQueryResponse:
        return this.#ran(frame.tag, { type: "empty", bytes: this.#takeBytes() });
      case BACKEND_TAG.CommandComplete: {
        const { tag } = decodeCommandComplete(bodyOf(frame));
        return this.#ran(frame.tag, { type: "completed", tag, bytes: this.#takeBytes() });
      }
      case BACKEND_TAG.CopyInResponse:
        this.#expectHead(frame.tag, ["execute", "query"]);
        return this.#expectations.startCopyIn();
      case BACKEND_TAG.ErrorResponse:
        return this.#failed(decodeErrorResponse(bodyOf(frame)));
      case BACKEND_TAG.ReadyForQuery:
        return this.#ready(decodeReadyForQuery(bodyOf(frame)).status);
      default:
        return undefined;
    }
  }

  /** A message that was streamed, so that only its type is known, has come to its end. */
  streamed(tag: number): void {
    if (tag === BACKEND_TAG.ErrorResponse) this.#failed(undefined);
    if (tag === BACKEND_TAG.RowDescription && this.#expectations.head?.kind === "describe") {
      this.#answered(tag, "describe");
    }
    if (tag === BACKEND_TAG.FunctionCallResponse) {
      const { listener } = this.#expectHead(tag, ["function"]);
      listener?.onReply({ type: "completed", tag: undefined, bytes: this.#takeBytes() });
    }
  }

  #answered(tag: number, kind: Expectation["kind"]): void {
    const { listener } = this.#expectHead(tag, [kind]);
    this.#expectations.shift();
    listener?.onReply({ type: "completed", tag: undefined, bytes: this.#takeBytes() });
  }

  /** An Execute is answered once, a Query as often as it has statements. */
  #ran(tag: number, event: ReplyEvent): void {
    const { kind, listener } = this.#expectHead(
      tag,
      event.type === "suspended" ? ["execute"] : ["execute", "query"],
    );
    if (kind === "execute") this.#expectations.shift();
    this.#expectations.endCopyIn();
    listener?.onReply(event);
  }

  #failed(response: ErrorResponse | undefined): void {
    if (response && isFatal(response)) this.#fatal = response;
    const { head } = this.#expectations;
    // An error that comes unasked, such as an administrator's command, ends the connection. So does a second one, which
    // the Sync of a failed run, too, would seem to have met.
    if (head === undefined || head === this.#failedHead) return;
    if (head.kind === "sync" && this.#expectations.hasFailed) return;
    this.#failedHead = head;
    const failure: Failure = { response, subject: head.listener?.subject, isRecorded: false };
    this.#expectations.fail(head, failure);
    head.listener?.onReply({ type: "failed", failure, bytes: this.#takeBytes() });
  }

  #ready(status: TransactionStatus): void {
    this.#status = status;
    this.#expectations.ready();
    const { listener } = this.#expectHead(BACKEND_TAG.ReadyForQuery, ["sync", "query", "function"]);
    this.#expectations.shift();
    this.#bytes = 0;
    listener?.onReply({ type: "ready", status });
  }

  #expectHead(tag: number, kinds: readonly Expectation["kind"][]): Expectation {
    const { head } = this.#expectations;
    if (head && kinds.includes(head.kind)) return head;
    throw new ProtocolError("tag.refused", `backend message type ${tag} answers ${head?.kind ?? "nothing"}`);
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
