/**
 * The messages that the server still has to answer, in order (manual, "Message Flow"): which of them an error makes it
 * drop, and what a Sync means during COPY.
 */
import { type Expectation, isExtended } from "./expectation.ts";
import { Fifo } from "./fifo.ts";
import type { Failure } from "./reply-event.ts";

export class Expectations {
  readonly #queue = new Fifo<Expectation>();
  /** The server drops messages until a Sync: the head of the queue, once the client has sent it. */
  #skipping: Failure | undefined;
  /** The server reads COPY data, and passes over Sync until CopyDone or CopyFail. */
  #isCopyingIn = false;

  /** Nothing is being run for the client, and nothing waits to be. */
  get isEmpty(): boolean {
    return this.#queue.head === undefined;
  }

  /** What the client sends now will be dropped, up to its next Sync. */
  get isSkipping(): boolean {
    return this.#skipping !== undefined && this.isEmpty;
  }

  /** What the server's next answer is for. */
  get head(): Expectation | undefined {
    // The end of a COPY that had failed before it, or that nobody asked for: the server passes over it.
    while (this.#queue.head?.kind === "copy_end") this.#queue.shift();
    return this.#queue.head;
  }

  shift(): void {
    this.#queue.shift();
  }

  /** A message leaves for the server, or an answer of ours waits for its turn. */
  add(expectation: Expectation): void {
    const { kind } = expectation;
    if (kind === "copy_end" && (this.#isCopyingIn || this.isEmpty)) this.#isCopyingIn = false;
    else if (kind === "sync" && this.#isCopyingIn) return;
    else if (kind !== "sync" && this.#skipping && this.isSkipping) skip(expectation, this.#skipping);
    else this.#queue.push(expectation);
  }

  /** The replies of ours that are due now. */
  takeAnswers(): Uint8Array[] {
    const replies: Uint8Array[] = [];
    for (let head = this.head; head?.kind === "answer"; head = this.head) {
      replies.push(head.reply);
      this.#queue.shift();
    }
    return replies;
  }

  /**
   * From here the server reads data. A Sync that it meets before the data's end it passes over: libpq sends one with
   * the COPY and another behind the data, and only the latter is answered.
   */
  startCopyIn(): void {
    const end = this.#queue.find((expectation) => expectation.kind === "copy_end");
    this.#isCopyingIn = end === undefined;
    let isBeforeEnd = true;
    this.#queue.filter((expectation) => {
      const isDropped = isBeforeEnd && (expectation.kind === "sync" || expectation === end);
      if (expectation === end) isBeforeEnd = false;
      return !isDropped;
    });
  }

  endCopyIn(): void {
    this.#isCopyingIn = false;
  }

  /** The head has failed. What the server will not look at any more hears of it. */
  fail(head: Expectation, failure: Failure): void {
    this.#isCopyingIn = false;
    if (!isExtended(head.kind)) return;
    this.#queue.shift();
    this.#skipping = failure;
    for (let next = this.#queue.head; next && next.kind !== "sync"; next = this.#queue.head) {
      this.#queue.shift();
      skip(next, failure);
    }
  }

  /** The server is ready for the next run of messages. */
  ready(): void {
    this.#skipping = undefined;
    this.#isCopyingIn = false;
  }
}

function skip({ listener }: Expectation, failure: Failure): void {
  listener?.onReply({ type: "skipped", failure });
}
