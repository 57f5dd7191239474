/**
 * A message on its way that is too large to be kept. Its bytes leave as they come, but for the last one: without that
 * the server does nothing, so it leaves when the message has been judged and recorded as any other.
 */
import { invariant } from "@postern/core/fault";
import { EMPTY } from "@postern/wire/bytes";
import type { Part } from "@postern/wire/frame";
import type { ClientMessage } from "../inspect/client-message.ts";
import type { Admission, Disposition, Inspector } from "../inspect/disposition.ts";
import { MessageReading } from "../inspect/message-reading.ts";

const headerBytes = 5;

/** A message of which everything has come. `bytes`: what the server gets to have it whole. */
export interface Received {
  readonly message: ClientMessage;
  readonly bytes: Uint8Array;
  /** Of a large one: what became of the rest. */
  readonly admission?: Admission;
}

export class LargeMessage {
  readonly #reading: MessageReading;
  readonly #inspector: Pick<Inspector, "admit">;
  #admission: Admission = "wait";
  /** What has come and not left. */
  #waiting: Uint8Array[] = [];

  constructor({ tag, total }: Part, inspector: Pick<Inspector, "admit">) {
    this.#reading = new MessageReading(tag, total - headerBytes);
    this.#inspector = inspector;
  }

  /** @throws ProtocolError */
  take({ bytes, offset }: Part): void {
    this.#reading.feed(offset === 0 ? bytes.subarray(headerBytes) : bytes);
    this.#waiting.push(bytes);
  }

  /** Nothing of it may leave yet, and nothing behind it may be read. */
  mustWait(): boolean {
    const { head } = this.#reading;
    if (this.#admission === "wait" && head) this.#admission = this.#inspector.admit(head);
    return this.#admission === "wait" && head !== undefined;
  }

  /** What may leave now. */
  release(): Uint8Array[] {
    if (this.#admission === "wait") return [];
    const released = this.#waiting;
    this.#waiting = [];
    if (this.#admission === "withhold") return [];
    const last = this.#reading.isComplete ? released.pop() : undefined;
    if (last) this.#waiting.push(last.subarray(-1));
    if (last && last.length > 1) released.push(last.subarray(0, -1));
    return released;
  }

  /** Undefined until all of it has come. To be asked when what may leave was released. */
  finish(): Received | undefined {
    const message = this.#reading.finish();
    return message && { message, bytes: this.#waiting[0] ?? EMPTY, admission: this.#admission };
  }
}

/** Of a large message all but the end has left already, or nothing ever will: no inspector may change its mind. */
export function assertPossible({ admission }: Received, { type }: Disposition): void {
  if (admission === undefined) return;
  const isPossible = admission === "pass" ? type === "forward" : type === "answer" || type === "drop";
  invariant(isPossible, `${type} of a large message that was to ${admission}`);
}
