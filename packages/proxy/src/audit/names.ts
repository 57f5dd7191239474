/**
 * Prepared statements or portals by name, as the server will know them when it comes to a message (manual, "Extended
 * Query"). With pipelining, what a name means hangs on messages not yet answered. Within one run up to a Sync that is
 * no matter: had the earlier message failed, the server would drop the later one. Across a Sync it is, so such a name is
 * `uncertain` until the answer is there: else a client could have another text recorded than it runs.
 */

/** One meaning of a name: `value` undefined where it is closed. */
interface Version<T> {
  readonly value: T | undefined;
  /** The run of messages up to a Sync in which it was sent; undefined once the server has confirmed it. */
  run: number | undefined;
  /** What SQL may have done to the name, without telling which one it was. */
  inSql: "nothing" | "closed" | "replaced";
}

export type Resolved<T> =
  /** `isReplaced`: SQL may have given the name another meaning since. */
  | { readonly type: "known"; readonly value: T; readonly isReplaced: boolean }
  | { readonly type: "unknown" }
  | { readonly type: "uncertain" };

/** What the server's answer does to a name that was changed. */
export interface Staged {
  confirm(): void;
  /** The server dropped the message. */
  retract(): void;
}

export class Names<T> {
  readonly #versions = new Map<string, Version<T>[]>();
  readonly #onClosed: (value: T) => void;
  readonly #sizeOf: (value: T) => number;
  #size = 0;

  /**
   * @param onClosed told when the server holds a value no more
   * @param sizeOf a value, which must not change
   */
  constructor(onClosed: (value: T) => void, sizeOf: (value: T) => number) {
    this.#onClosed = onClosed;
    this.#sizeOf = sizeOf;
  }

  /** Of all values together. */
  get size(): number {
    return this.#size;
  }

  resolve(name: string, run: number): Resolved<T> {
    const version = this.#versions.get(name)?.at(-1);
    if (version?.run !== undefined && version.run !== run) return { type: "uncertain" };
    if (version?.value === undefined) return { type: "unknown" };
    return { type: "known", value: version.value, isReplaced: version.inSql === "replaced" };
  }

  /** A message leaves that gives the name another meaning, if it succeeds. */
  stage(name: string, value: T | undefined, run: number): Staged {
    const version: Version<T> = { value, run, inSql: "nothing" };
    if (value !== undefined) this.#size += this.#sizeOf(value);
    const versions = this.#versions.get(name);
    if (versions) versions.push(version);
    else this.#versions.set(name, [version]);
    return { confirm: () => this.#confirm(name, version), retract: () => this.#retract(name, version) };
  }

  /** Forgets what the server holds, but for the names in `kept`. */
  clear(kept: (name: string) => boolean = () => false): void {
    for (const name of this.#versions.keys()) if (!kept(name)) this.#close(name);
  }

  /** SQL may have closed any of the names. */
  doubt(): void {
    for (const version of this.#confirmed()) if (version.inSql === "nothing") version.inSql = "closed";
  }

  /** SQL has given one of the names a meaning: it can only be one that had been closed. */
  replaceDoubtful(): void {
    for (const version of this.#confirmed()) if (version.inSql === "closed") version.inSql = "replaced";
  }

  #confirmed(): Version<T>[] {
    const named = [...this.#versions].filter(([name]) => name !== ""); // SQL has no way to the unnamed one
    return named.flatMap(([, versions]) => versions).filter((version) => version.run === undefined);
  }

  #confirm(name: string, version: Version<T>): void {
    const versions = this.#versions.get(name) ?? [];
    version.run = undefined;
    for (const closed of versions.splice(0, versions.indexOf(version))) this.#closed(closed);
    this.#tidy(name);
  }

  #retract(name: string, version: Version<T>): void {
    const versions = this.#versions.get(name) ?? [];
    versions.splice(versions.indexOf(version), 1);
    this.#forget(version);
    this.#tidy(name);
  }

  #close(name: string): void {
    const [first] = this.#versions.get(name) ?? [];
    if (first === undefined || first.run !== undefined) return;
    this.#closed(first);
    this.#versions.get(name)?.shift();
    this.#tidy(name);
  }

  #closed(version: Version<T>): void {
    if (version.value !== undefined) this.#onClosed(version.value);
    this.#forget(version);
  }

  #forget({ value }: Version<T>): void {
    if (value !== undefined) this.#size -= this.#sizeOf(value);
  }

  /** A lone closed name need not be remembered. */
  #tidy(name: string): void {
    const [first, second] = this.#versions.get(name) ?? [];
    const isClosed = first?.run === undefined && first?.value === undefined;
    if (isClosed && second === undefined) this.#versions.delete(name);
  }
}
