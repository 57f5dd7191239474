/** What runs and how to stop it, last first, whenever the end comes: in the middle of a start, too. */
import { sayFailure } from "../say.ts";

export class Shutdown {
  readonly #stops: (() => Promise<void>)[] = [];
  readonly #ending = new AbortController();

  /**
   * Makes what will need to be stopped. Should the end come before it is made, it is stopped as soon as it is, and
   * what `start` gives rejects, so that nothing is built on it. @throws what `make` throws
   */
  async start<T>(make: () => T | Promise<T>, stop: (made: T) => Promise<void> | void): Promise<T> {
    this.#ending.signal.throwIfAborted();
    const making = (async () => await make())();
    this.#stops.push(async () => {
      const made = await making.catch(() => undefined);
      if (made !== undefined) await stop(made);
    });
    const made = await making;
    this.#ending.signal.throwIfAborted();
    return made;
  }

  /** What fails to stop doesn't keep the rest from it. */
  async run(): Promise<void> {
    this.#ending.abort(new Error("everything is being stopped"));
    for (let stop = this.#stops.pop(); stop; stop = this.#stops.pop()) await stop().catch(sayFailure);
  }
}
