/**
 * A message on its way that is too large to be kept. Its bytes leave as they come, but for the last one: without that
 * the server does nothing, so it leaves when the message has been judged and recorded as any other.
 */
import { EMPTY } from "@postern/wire/bytes";
import type { Part } from "@postern/wire/frame";
import type { ClientMessage, Head } from "../inspect/client-message.ts";
import type { Admission } from "../inspect/disposition.ts";
import { MessageReading } from "../inspect/message-reading.ts";

const headerBytes = 5;

export class LargeMessage {
  readonly #reading: MessageReading;
  /** What has come and not left. */
  #waiting: Uint8Array[] = [];
  #admission: Exclude<Admission, "wait"> | undefined;

  constructor({ tag, total }: Part) {
    this.#reading = new MessageReading(tag, total - headerBytes);
  }

  get head(): Head | undefined {
    return this.#reading.head;
  }

  get admission(): Exclude<Admission, "wait"> | undefined {
    return this.#admission;
  }

  /** @throws ProtocolError */
  take({ bytes, offset }: Part): void {
    this.#reading.feed(offset === 0 ? bytes.subarray(headerBytes) : bytes);
    if (this.#admission !== "withhold") this.#waiting.push(bytes);
  }

  admit(admission: Exclude<Admission, "wait">): void {
    this.#admission = admission;
    if (admission === "withhold") this.#waiting = [];
  }

  /** What may leave now. */
  release(): Uint8Array[] {
    const released = this.#waiting;
    const last = this.#reading.isComplete ? released.pop() : undefined;
    this.#waiting = last ? [last.subarray(-1)] : [];
    if (last && last.length > 1) released.push(last.subarray(0, -1));
    return released;
  }

  /** The message, and the byte that the server waits for; undefined until all of it has come. */
  finish(): { readonly message: ClientMessage; readonly bytes: Uint8Array } | undefined {
    const message = this.#reading.finish();
    return message && { message, bytes: this.#waiting[0] ?? EMPTY };
  }
}
