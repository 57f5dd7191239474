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
  /** A name may have been taken over in SQL, unseen. */
  isDoubtful: boolean;
}

export type Resolved<T> =
  | { readonly type: "known"; readonly value: T }
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

  /** @param onClosed told when the server holds a value no more */
  constructor(onClosed: (value: T) => void) {
    this.#onClosed = onClosed;
  }

  resolve(name: string, run: number): Resolved<T> {
    const version = this.#versions.get(name)?.at(-1);
    if (version?.run !== undefined && version.run !== run) return { type: "uncertain" };
    return version?.value === undefined ? { type: "unknown" } : { type: "known", value: version.value };
  }

  /** A message leaves that gives the name another meaning, if it succeeds. */
  stage(name: string, value: T | undefined, run: number): Staged {
    const version: Version<T> = { value, run, isDoubtful: false };
    const versions = this.#versions.get(name) ?? [];
    this.#versions.set(name, [...versions, version]);
    return { confirm: () => this.#confirm(name, version), retract: () => this.#retract(name, version) };
  }

  /** Forgets what the server holds, but for the names in `kept`. */
  clear(kept: (name: string) => boolean = () => false): void {
    for (const name of this.#versions.keys()) if (!kept(name)) this.#close(name, () => true);
  }

  /** SQL has closed one of the names; which one isn't told. */
  doubt(): void {
    for (const version of this.#confirmed()) version.isDoubtful = true;
  }

  /** SQL has given one of the names a meaning: it can only be one that had been closed. */
  dropDoubtful(): void {
    for (const name of this.#versions.keys()) this.#close(name, (version) => version.isDoubtful);
  }

  #confirmed(): Version<T>[] {
    return [...this.#versions.values()].flat().filter((version) => version.run === undefined);
  }

  #confirm(name: string, version: Version<T>): void {
    const versions = this.#versions.get(name) ?? [];
    const at = versions.indexOf(version);
    version.run = undefined;
    for (const { value } of versions.slice(0, Math.max(at, 0)))
      if (value !== undefined) this.#onClosed(value);
    this.#set(name, at < 0 ? [...versions, version] : versions.slice(at));
  }

  #retract(name: string, version: Version<T>): void {
    this.#set(
      name,
      (this.#versions.get(name) ?? []).filter((each) => each !== version),
    );
  }

  #close(name: string, fits: (version: Version<T>) => boolean): void {
    const versions = this.#versions.get(name) ?? [];
    const closed = versions.filter((version) => version.run === undefined && fits(version));
    for (const { value } of closed) if (value !== undefined) this.#onClosed(value);
    this.#set(
      name,
      versions.filter((version) => !closed.includes(version)),
    );
  }

  /** A lone closed name need not be remembered. */
  #set(name: string, versions: Version<T>[]): void {
    const [only] = versions;
    const isForgotten =
      only === undefined || (versions.length === 1 && only.run === undefined && only.value === undefined);
    if (isForgotten) this.#versions.delete(name);
    else this.#versions.set(name, versions);
  }
}
