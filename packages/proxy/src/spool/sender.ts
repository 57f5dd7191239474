import { rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { IngestRequest } from "@postern/core/api/host";
import type { AuditRecord } from "@postern/core/audit/record";
import { isFault } from "@postern/core/fault";
import type { Log } from "../log.ts";
import { reparseSegment } from "./segment.ts";
import { readSegment, replaceSegment, UnreadableSegment } from "./segment-file.ts";
import type { ClosedSegment } from "./session-spool.ts";

export interface SenderOptions {
  /** Stores a chunk, once however often it is sent. */
  readonly ingest: (request: IngestRequest) => Promise<unknown>;
  /** Gives each statement of a Query its own text, where it can be told. */
  readonly split: (records: readonly AuditRecord[]) => Promise<readonly AuditRecord[]>;
  readonly log: Log;
  /** The segment is stored and its file gone. */
  readonly onSent: (segment: ClosedSegment) => void;
  /** Nothing is left to send. */
  readonly onIdle: (sid: string) => void;
  /** The control plane will not take this session's records, now or later. */
  readonly onRefused: (sid: string) => void;
  readonly signal: AbortSignal;
}

const firstDelayMs = 100;
const longestDelayMs = 5_000;

/** Sends one session's segments in their order, each until it is stored; erases it then. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #queue: ClosedSegment[] = [];
  #run: Promise<void> | undefined;
  #refused = false;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Settles when everything was sent, or nothing more can be. */
  async settled(): Promise<void> {
    await this.#run;
  }

  push(segment: ClosedSegment): void {
    this.#queue.push(segment);
    if (!this.#refused) this.#run ??= this.#sendAll(segment.sid);
  }

  async #sendAll(sid: string): Promise<void> {
    for (let segment = this.#queue[0]; segment && !this.#options.signal.aborted; segment = this.#queue[0]) {
      if (!(await this.#send(segment))) break;
      this.#queue.shift();
      this.#erase(segment);
      this.#options.onSent(segment);
    }
    this.#run = undefined;
    if (this.#queue.length === 0) this.#options.onIdle(sid);
  }

  /** False when it will never be stored, or the proxy stops: the file stays, for the next start. */
  async #send(segment: ClosedSegment): Promise<boolean> {
    let wait = firstDelayMs;
    let request: IngestRequest | undefined;
    while (!this.#options.signal.aborted) {
      try {
        request ??= await this.#request(segment);
        await this.#options.ingest(request);
        return true;
      } catch (error) {
        if (isFinal(error)) return this.#refuse(segment, error);
        this.#options.log.warn({ sid: segment.sid, chunk: segment.chunk, err: error }, "audit records wait");
        await delay(wait, undefined, { signal: this.#options.signal }).catch(() => undefined);
        wait = Math.min(wait * 2, longestDelayMs);
      }
    }
    return false;
  }

  /** What is sent is in the file first: sent again after a crash, the chunk is the same. */
  async #request({ sid, chunk, path }: ClosedSegment): Promise<IngestRequest> {
    const { header, records } = readSegment(path, reparseSegment);
    const split = await this.#options.split(records);
    if (split !== records) replaceSegment(path, { header, records: split });
    return { sid, chunk, records: [...split] };
  }

  /** Left behind it would be sent again by the next process, which changes nothing. */
  #erase({ sid, chunk, path }: ClosedSegment): void {
    try {
      rmSync(path, { force: true });
    } catch (error) {
      this.#options.log.error({ sid, chunk, path, err: error }, "a file of the spool can't be erased");
    }
  }

  #refuse(segment: ClosedSegment, error: unknown): false {
    const { sid, chunk, path } = segment;
    this.#options.log.error({ sid, chunk, path, err: error }, "audit records were refused; the file is kept");
    this.#refused = true;
    this.#options.onRefused(sid);
    return false;
  }
}

/** Sending the same again can't help. An expired access token is renewed, so that is no such thing. */
function isFinal(error: unknown): boolean {
  return (
    error instanceof UnreadableSegment ||
    isFault(error, "input.invalid", "access.denied", "resource.missing", "resource.changed")
  );
}
