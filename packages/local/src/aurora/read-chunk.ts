import type { Socket } from "node:net";

/** The next bytes that come, undefined when none will. In between the socket is paused: what isn't awaited stays with the sender. */
export async function readChunk(socket: Socket): Promise<Uint8Array | undefined> {
  if (socket.destroyed || socket.readableEnded) return undefined;
  return await new Promise((resolve) => {
    const settle = (bytes?: Uint8Array): void => {
      socket.pause();
      socket.off("data", settle).off("end", onEnd).off("close", onEnd);
      resolve(bytes);
    };
    const onEnd = (): void => settle();
    socket.on("data", settle).on("end", onEnd).on("close", onEnd);
    socket.resume();
  });
}
