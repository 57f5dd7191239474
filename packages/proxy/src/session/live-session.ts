import type { Journal } from "../audit/journal.ts";
import type { AllowedAccess } from "../authorize/allowed-access.ts";
import type { Cancellable } from "../cancel/registry.ts";
import type { Relay } from "../relay/relay.ts";
import type { ReplyQueue } from "../relay/reply-queue.ts";

export interface LiveSessionOptions {
  readonly access: AllowedAccess;
  readonly relay: Relay;
  readonly queue: ReplyQueue;
  readonly journal: Journal;
  /** Passes a cancel on to the server. */
  readonly cancelUpstream: () => Promise<void>;
}

/** A session that is being relayed, for those who end it or cancel what it runs. */
export class LiveSession implements Cancellable {
  readonly access: AllowedAccess;
  readonly #options: LiveSessionOptions;
  #cancelling: Promise<void> | undefined;

  constructor(options: LiveSessionOptions) {
    this.access = options.access;
    this.#options = options;
  }

  /**
   * Only while the server is at something: a cancel that came too late is none. Until the server has taken it, nothing
   * new leaves, or it could hit another statement than was meant. One at a time: each is a connection to the server.
   */
  async cancel(address: string): Promise<void> {
    const { queue } = this.#options;
    if (queue.isIdle) return;
    this.#cancelling ??= this.#passOn(address).finally(() => {
      this.#cancelling = undefined;
    });
    await this.#cancelling;
  }

  /** A person who may no longer do what he does is stopped in it, too. */
  endAccess(reason: string): void {
    this.#stopStatement();
    this.#options.relay.end({ reason: "access_ended", refusal: { type: "access_ended", reason } });
  }

  /** Nothing runs in it: there is nothing to stop. */
  endIdle(afterMs: number): void {
    this.#options.relay.end({ reason: "access_ended", refusal: { type: "idle_too_long", afterMs } });
  }

  stopProxy(): void {
    this.#stopStatement();
    this.#options.relay.end({ reason: "proxy_stopped", refusal: { type: "proxy_stopping" } });
  }

  /** Its records are wanted no more: nothing that it did could be told. */
  endUnrecorded(): void {
    this.#stopStatement();
    this.#options.relay.end({ reason: "proxy_stopped", refusal: { type: "audit_unavailable" } });
  }

  async #passOn(address: string): Promise<void> {
    const { queue, journal, relay, cancelUpstream } = this.#options;
    journal.cancel(address, queue.statementId);
    journal.flush();
    await relay.waitFor(cancelUpstream());
  }

  #stopStatement(): void {
    if (!this.#options.queue.isIdle) void this.#options.cancelUpstream().catch(() => undefined);
  }
}
