/** A client that says exactly what a test wants it to say. */
import { connect as connectTcp, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { CString } from "@postern/wire/cstring";
import { errorField } from "@postern/wire/error-response";
import { Framer } from "@postern/wire/framer";
import { type BackendMessage, decodeBackend } from "@postern/wire/messages/backend";
import { encodeFrontend, type FrontendMessage } from "@postern/wire/messages/frontend";

export type TlsWay = "negotiated" | "direct";

export function openTcp(port: number, host = "127.0.0.1"): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ port, host, noDelay: true }, () => resolve(socket));
    socket.once("error", reject);
    socket.on("error", () => undefined);
  });
}

/** All bytes that come until the end. */
export function readToEnd(stream: Duplex): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const done = (): void => resolve(Buffer.concat(chunks));
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", done);
    stream.on("close", done);
    stream.on("error", done);
  });
}

function once(stream: Duplex, event: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    stream.once(event, resolve);
    stream.once("error", reject);
    stream.once("close", () => reject(new Error(`closed before ${event}`)));
  });
}

export async function openTls(
  port: number,
  way: TlsWay,
  options: ConnectionOptions,
  host?: string,
): Promise<TLSSocket> {
  const socket = await openTcp(port, host);
  if (way === "negotiated") {
    socket.write(encodeFrontend({ type: "SSLRequest" }));
    const answer = await once(socket, "data");
    if (!(answer instanceof Buffer) || answer.toString() !== "S") throw new Error("TLS was declined");
  }
  const alpn = way === "direct" ? { ALPNProtocols: ["postgresql"] } : {};
  const tls = connectTls({ socket, servername: "localhost", ...alpn, ...options });
  await once(tls, "secureConnect");
  tls.on("error", () => undefined);
  return tls;
}

/** Speaks messages over a stream. */
export class WireClient {
  readonly stream: Duplex;
  readonly #framer = new Framer({ kind: "typed", rule: () => ({ type: "assemble", limit: 0x3fff_ffff }) });
  readonly #messages: BackendMessage[] = [];
  #isOver = false;
  #wake: () => void = () => undefined;

  constructor(stream: Duplex) {
    this.stream = stream;
    stream.on("data", (chunk: Buffer) => this.#take(chunk));
    for (const event of ["end", "close", "error"]) stream.on(event, () => this.#end());
  }

  send(...messages: readonly FrontendMessage[]): void {
    this.stream.write(Buffer.concat(messages.map((message) => encodeFrontend(message))));
  }

  /** Sends it no faster than it is taken, and no further than to the end of the connection. */
  async pour(pieces: Iterable<Uint8Array>): Promise<void> {
    for (const piece of pieces) {
      if (this.#isOver) return;
      if (!this.stream.write(piece)) await this.#drained();
    }
  }

  startUp(parameters: Readonly<Record<string, string>>, minor = 0): void {
    const version = { major: 3, minor };
    this.send({ type: "StartupMessage", version, parameters: new Map(Object.entries(parameters)) });
  }

  /** The next message; undefined at the end of the connection. */
  async next(): Promise<BackendMessage | undefined> {
    while (this.#messages.length === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#messages.shift();
  }

  /** Everything up to a message of that type, or to the end of the connection. */
  async until(type: BackendMessage["type"]): Promise<BackendMessage[]> {
    const messages: BackendMessage[] = [];
    for (let message = await this.next(); message; message = await this.next()) {
      messages.push(message);
      if (message.type === type) break;
    }
    return messages;
  }

  /** The SQLSTATE of the ErrorResponse that ends the connection. */
  async refusal(): Promise<string | undefined> {
    return (await this.error())?.code;
  }

  async error(): Promise<
    { code: string | undefined; message: string | undefined; hint: string | undefined } | undefined
  > {
    const messages = await this.until("ErrorResponse");
    const last = messages.at(-1);
    if (last?.type !== "ErrorResponse") return undefined;
    return { code: errorField(last, "C"), message: errorField(last, "M"), hint: errorField(last, "H") };
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        for (const event of ["drain", "close"]) this.stream.off(event, done);
        resolve();
      };
      for (const event of ["drain", "close"]) this.stream.on(event, done);
    });
  }

  #take(chunk: Buffer): void {
    this.#framer.push(chunk);
    for (let piece = this.#framer.next(); piece; piece = this.#framer.next()) {
      if (piece.type === "message")
        this.#messages.push(decodeBackend({ ...piece, bytes: piece.bytes.slice() }));
    }
    this.#wake();
  }

  #end(): void {
    this.#isOver = true;
    this.#wake();
  }
}

const text = (value: string): CString => CString.from(value);

/** Short forms of what tests send most. */
export const say = {
  query: (sql: string): FrontendMessage => ({ type: "Query", query: text(sql) }),
  parse: (statement: string, sql: string): FrontendMessage => ({
    type: "Parse",
    statement: text(statement),
    query: text(sql),
    parameterTypes: [],
  }),
  bind: (portal: string, statement: string, values: readonly (string | null)[] = []): FrontendMessage => ({
    type: "Bind",
    portal: text(portal),
    statement: text(statement),
    parameterFormats: [],
    parameters: values.map((value) => (value === null ? null : Buffer.from(value))),
    resultFormats: [],
  }),
  execute: (portal: string, maxRows = 0): FrontendMessage => ({
    type: "Execute",
    portal: text(portal),
    maxRows,
  }),
  describe: (target: "statement" | "portal", name: string): FrontendMessage => ({
    type: "Describe",
    target,
    name: text(name),
  }),
  close: (target: "statement" | "portal", name: string): FrontendMessage => ({
    type: "Close",
    target,
    name: text(name),
  }),
  sync: { type: "Sync" } as const,
  flush: { type: "Flush" } as const,
  terminate: { type: "Terminate" } as const,
};
