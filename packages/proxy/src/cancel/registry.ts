/**
 * Cancel keys of our own, one a session, gone with it: a server's own key is never shown, so a cancel reaches it only
 * through us. The part that PostgreSQL calls the process id names this instance (its upper 15 bits) and the session.
 */
import { timingSafeEqual } from "node:crypto";
import type { RandomBytes } from "@postern/core/id";
import type { CancelKey } from "../upstream/login-phase.ts";

/** A session that can be told to cancel what it runs. */
export interface Cancellable {
  /** @param address whose wish it is, for the audit log */
  cancel(address: string): Promise<void>;
}

/** Protocol 3.2 has keys of up to 256 bytes; before it, they have 4 (manual, "BackendKeyData"). */
const keyBytes = { long: 32, short: 4 } as const;

export class CancelRegistry {
  readonly #random: RandomBytes;
  #instance: number;
  readonly #sessions = new Map<number, { readonly secretKey: Uint8Array; readonly session: Cancellable }>();
  #next = 0;

  constructor(random: RandomBytes) {
    this.#random = random;
    // Until the control plane has leased us one: nobody passes cancels on to us by it, but ours are found here.
    this.#instance = Buffer.from(random(2)).readUInt16BE() >>> 1;
  }

  get instance(): number {
    return this.#instance;
  }

  /** From here on keys name this instance; those that were handed out stay good. */
  use(instance: number): void {
    this.#instance = instance;
  }

  /** @throws Error when 65536 sessions are registered: limits are far below */
  register(session: Cancellable, length: keyof typeof keyBytes): CancelKey {
    const processId = this.#freeProcessId();
    const secretKey = this.#random(keyBytes[length]);
    this.#sessions.set(processId, { secretKey, session });
    return { processId, secretKey };
  }

  unregister({ processId }: CancelKey): void {
    this.#sessions.delete(processId);
  }

  /** The session whose key this is, whole. */
  find({ processId, secretKey }: CancelKey): Cancellable | undefined {
    const entry = this.#sessions.get(processId);
    if (entry === undefined || entry.secretKey.length !== secretKey.length) return undefined;
    return timingSafeEqual(entry.secretKey, secretKey) ? entry.session : undefined;
  }

  #freeProcessId(): number {
    for (let tries = 0; tries < 0x10000; tries += 1) {
      this.#next = (this.#next + 1) & 0xffff;
      const processId = this.#instance * 0x10000 + this.#next;
      if (processId !== 0 && !this.#sessions.has(processId)) return processId;
    }
    throw new Error("no cancel key is free");
  }
}

/** Whose key it is, by its upper 15 bits; the 16th is never set, as process ids are positive. */
export function instanceOf({ processId }: CancelKey): number {
  return processId >>> 16;
}
