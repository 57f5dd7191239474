/** First in, first out, in constant time also when a client's pipeline is a hundred thousand messages deep. */
export class Fifo<T> {
  #items: T[] = [];
  #start = 0;

  get head(): T | undefined {
    return this.#items[this.#start];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): void {
    this.#start += 1;
    if (this.#start < 64 || this.#start * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#start);
    this.#start = 0;
  }

  /** The first item that fits. */
  find(fits: (item: T) => boolean): T | undefined {
    return this.#items.slice(this.#start).find(fits);
  }

  /** Drops the items that don't fit. */
  filter(fits: (item: T) => boolean): void {
    this.#items = this.#items.slice(this.#start).filter(fits);
    this.#start = 0;
  }
}
