import type { Readable } from "node:stream";

/**
 * The next bytes of a stream that nobody listens to yet; undefined at its end, however it came.
 * @throws the signal's reason when that is sooner
 */
export async function readChunk(stream: Readable, signal: AbortSignal): Promise<Uint8Array | undefined> {
  for (;;) {
    signal.throwIfAborted();
    const chunk: unknown = stream.read();
    if (chunk instanceof Uint8Array) return chunk;
    if (stream.destroyed || stream.readableEnded) return undefined;
    await nextEvent(stream, signal);
  }
}

const events = ["readable", "end", "close", "error"] as const;

function nextEvent(stream: Readable, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of events) stream.off(event, done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    for (const event of events) stream.on(event, done);
    signal.addEventListener("abort", done);
  });
}
