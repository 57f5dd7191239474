/**
 * Where audit records wait for the control plane: files that only this user can read, erased once it has them. A record
 * is here before what it tells of happens, so the end of the process loses none.
 */
import { mkdirSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { recoverSegments } from "./recover.ts";
import { Sender, type SenderOptions } from "./sender.ts";
import { type ClosedSegment, SessionSpool } from "./session-spool.ts";
import type { Tally } from "./tally.ts";

export interface SpoolOptions extends Pick<SenderOptions, "ingest" | "split" | "log" | "onRefused"> {
  readonly folder: string;
  /** When this many bytes wait, sessions wait as well: the disk is not a queue without a bound. */
  readonly limitBytes: number;
  readonly now: () => number;
}

/** Records reach the control plane within 250 ms: sending takes the rest. */
const rotateEveryMs = 150;

export class Spool {
  readonly #options: SpoolOptions;
  readonly #stop = new AbortController();
  readonly #open = new Map<string, SessionSpool>();
  readonly #senders = new Map<string, Sender>();
  readonly #waiting = new Set<() => void>();
  readonly #timer: NodeJS.Timeout;
  #bytes = 0;

  constructor(options: SpoolOptions) {
    this.#options = options;
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    const { segments, unreadable } = recoverSegments(options.folder, options.now());
    for (const path of unreadable)
      options.log.error({ path }, "a file of the spool can't be read; it is kept");
    for (const segment of segments) this.#send(segment);
    this.#timer = setInterval(() => this.#rotate(), rotateEveryMs);
  }

  open(sid: string, tally: Tally): SessionSpool {
    const session = new SessionSpool(this.#options.folder, sid, tally, (segment) => this.#send(segment));
    this.#open.set(sid, session);
    return session;
  }

  /** After the session's end was appended. */
  finish(session: SessionSpool): void {
    if (this.#open.delete(session.sid)) session.finish();
  }

  get hasRoom(): boolean {
    return this.#bytes < this.#options.limitBytes;
  }

  /** Called once, when there is room again. */
  onRoom(callback: () => void): void {
    this.#waiting.add(callback);
  }

  /** Sends what is left, for so long at most; what is then left is sent at the next start. */
  async close(timeoutMs: number): Promise<void> {
    clearInterval(this.#timer);
    this.#rotate();
    const sent = Promise.all([...this.#senders.values()].map((sender) => sender.settled()));
    await Promise.race([sent, delay(timeoutMs, undefined, { signal: this.#stop.signal, ref: false })]);
    this.#stop.abort();
  }

  #rotate(): void {
    for (const session of this.#open.values()) {
      try {
        session.rotate();
      } catch (error) {
        // Its records wait where they are; the next that it would keep ends the session, if the disk still can't.
        this.#options.log.error({ sid: session.sid, err: error }, "the spool can't be written");
      }
    }
  }

  #send(segment: ClosedSegment): void {
    this.#bytes += segment.bytes;
    this.#senderOf(segment.sid).push(segment);
  }

  #senderOf(sid: string): Sender {
    const known = this.#senders.get(sid);
    if (known) return known;
    const sender = new Sender({
      ...this.#options,
      onSent: (segment) => this.#sent(segment),
      onIdle: (idleSid) => this.#open.has(idleSid) || this.#senders.delete(idleSid),
      signal: this.#stop.signal,
    });
    this.#senders.set(sid, sender);
    return sender;
  }

  #sent({ bytes }: ClosedSegment): void {
    this.#bytes -= bytes;
    if (!this.hasRoom) return;
    const callbacks = [...this.#waiting];
    this.#waiting.clear();
    for (const callback of callbacks) callback();
  }
}
