/** Where results go: in pieces of some size, and no faster than they are taken. */
import type { Writable } from "node:stream";
import { printable } from "@postern/core/printable";
import { drained } from "../drained.ts";

/** Characters: a system call for each row would be slow. */
const batch = 32_768;

export class Sink {
  readonly #stream: Writable & { readonly isTTY?: boolean };
  #text = "";

  constructor(stream: Writable & { readonly isTTY?: boolean } = process.stdout) {
    this.#stream = stream;
  }

  /** Text for people, made safe for their terminal. The promise asks to wait. */
  print(text: string): Promise<void> | undefined {
    return this.#add(printable(text));
  }

  /** Data for programs: as it is, unless it is a terminal that reads it. */
  write(text: string): Promise<void> | undefined {
    return this.#add(this.#stream.isTTY ? printable(text) : text);
  }

  /** The same for bytes. */
  async writeBytes(data: Uint8Array): Promise<void> {
    if (this.#stream.isTTY) return await this.write(Buffer.from(data).toString("utf8"));
    await this.flush();
    await this.#send(data);
  }

  flush(): Promise<void> | undefined {
    const text = this.#text;
    this.#text = "";
    return text === "" ? undefined : this.#send(text);
  }

  #add(text: string): Promise<void> | undefined {
    this.#text += text;
    return this.#text.length < batch ? undefined : this.flush();
  }

  #send(data: string | Uint8Array): Promise<void> | undefined {
    return this.#stream.write(data) ? undefined : drained(this.#stream);
  }
}
