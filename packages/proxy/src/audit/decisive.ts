/**
 * COPY decides what a Sync behind it means; PREPARE and DECLARE decide what names mean. No keyword is ever spelled
 * otherwise than in ASCII, so whatever holds none of these is neither; what holds one, in a name perhaps, waits in vain
 * for one answer more.
 */
const decisive = /copy|prepare|declare/i;

/** One byte less than the longest of them: as much of one may stand at the end of a piece. */
const overlap = 6;

/** Whether messages behind a statement may mean one thing or another before it is answered: told from its text. */
export class DecisiveWords {
  #areFound = false;
  #tail = "";

  get areFound(): boolean {
    return this.#areFound;
  }

  /** Takes the text, piece by piece. */
  add(sql: Uint8Array): void {
    if (this.#areFound) return;
    const text = this.#tail + Buffer.from(sql.buffer, sql.byteOffset, sql.byteLength).toString("latin1");
    this.#areFound = decisive.test(text);
    this.#tail = text.slice(-overlap);
  }
}
