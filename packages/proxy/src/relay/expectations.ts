/**
 * The messages that the server still has to answer, in order (manual, "Message Flow"): which of them an error makes it
 * drop, and which has to be answered before anything may follow it.
 */
import { type Expectation, isExtended } from "./expectation.ts";
import { Fifo } from "./fifo.ts";
import type { Failure } from "./reply-event.ts";

export class Expectations {
  readonly #queue = new Fifo<Expectation>();
  /** The server drops messages until a Sync: the head of the queue, once the client has sent it. */
  #skipping: Failure | undefined;
  /** The server reads COPY data, and the client hasn't sent its end. */
  #isCopyingIn = false;
  /** The last of the queue, where what comes behind it hangs on its answer. */
  #decisive: Expectation | undefined;

  get length(): number {
    return this.#queue.length;
  }

  /** Nothing is being run for the client, and nothing waits to be. */
  get isEmpty(): boolean {
    return this.#queue.head === undefined;
  }

  /** What the client sends now will be dropped, up to its next Sync. */
  get isSkipping(): boolean {
    return this.#skipping !== undefined && this.isEmpty;
  }

  /** Of the run of messages that the server is at, one has failed. */
  get hasFailed(): boolean {
    return this.#skipping !== undefined;
  }

  get isCopyingIn(): boolean {
    return this.#isCopyingIn;
  }

  /** What the client sends now could mean one thing or another. */
  get isUndecided(): boolean {
    return this.#decisive !== undefined && !this.#isCopyingIn;
  }

  /** What the server's next answer is for. */
  get head(): Expectation | undefined {
    return this.#queue.head;
  }

  shift(): void {
    if (this.#queue.head === this.#decisive) this.#decisive = undefined;
    this.#queue.shift();
  }

  /** A message leaves for the server, or an answer of ours waits for its turn. */
  add(expectation: Expectation): void {
    const { kind } = expectation;
    if (kind === "copy_end") this.#isCopyingIn = false;
    else if (kind !== "sync" && this.#skipping && this.isSkipping) skip(expectation, this.#skipping);
    else {
      this.#queue.push(expectation);
      if (expectation.listener?.isDecisive) this.#decisive = expectation;
    }
  }

  /** The replies of ours that are due now. */
  takeAnswers(): Uint8Array[] {
    const replies: Uint8Array[] = [];
    for (let head = this.head; head?.kind === "answer"; head = this.head) {
      replies.push(head.reply);
      this.shift();
    }
    return replies;
  }

  /** From here the server reads data. An Execute copies once; a Query may do so again. */
  startCopyIn(): void {
    this.#isCopyingIn = true;
    if (this.head?.kind === "execute") this.#decisive = undefined;
  }

  endCopyIn(): void {
    this.#isCopyingIn = false;
  }

  /** The head has failed. What the server will not look at any more hears of it. */
  fail(head: Expectation, failure: Failure): void {
    this.#isCopyingIn = false;
    if (!isExtended(head.kind)) return;
    this.shift();
    this.#skipping = failure;
    for (let next = this.head; next && next.kind !== "sync"; next = this.head) {
      this.shift();
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
