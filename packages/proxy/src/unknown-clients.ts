/** Counts connections that have not shown who they are, so that strangers can't hold all there is. */
export class UnknownClients {
  readonly #maxPerAddress: number;
  readonly #max: number;
  readonly #byAddress = new Map<string, number>();
  #all = 0;

  constructor(maxPerAddress: number, max: number) {
    this.#maxPerAddress = maxPerAddress;
    this.#max = max;
  }

  /** One more, unless there are too many from the address, or from all. @returns what is to be called once when it is known, or gone */
  admit(address: string): (() => void) | undefined {
    const fromAddress = this.#byAddress.get(address) ?? 0;
    if (fromAddress >= this.#maxPerAddress || this.#all >= this.#max) return undefined;
    this.#byAddress.set(address, fromAddress + 1);
    this.#all += 1;
    let isCounted = true;
    return () => {
      if (isCounted) this.#release(address);
      isCounted = false;
    };
  }

  #release(address: string): void {
    this.#all -= 1;
    const left = (this.#byAddress.get(address) ?? 1) - 1;
    if (left > 0) this.#byAddress.set(address, left);
    else this.#byAddress.delete(address);
  }
}
