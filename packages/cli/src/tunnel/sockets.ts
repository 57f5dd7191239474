import type { Socket } from "node:net";
import { setTimeout } from "node:timers/promises";

/** The sockets that are open, so that none outlives its owner. */
export class OpenSockets {
  /** Each with its end. */
  readonly #open = new Map<Socket, Promise<void>>();

  /** Whatever goes wrong with it ends it. */
  track(socket: Socket): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#open.set(socket, promise);
    socket
      .on("error", () => socket.destroy())
      .on("close", () => {
        this.#open.delete(socket);
        resolve();
      });
  }

  /** Settles when all have ended by themselves, or when the time is over. */
  async ended(withinMs: number): Promise<void> {
    await Promise.race([Promise.all(this.#open.values()), setTimeout(withinMs, undefined, { ref: false })]);
  }

  destroy(): void {
    // With an error, so that who waits for one to be connected waits no longer.
    for (const socket of this.#open.keys()) socket.destroy(new Error("the connection was given up"));
  }
}
