import { once } from "node:events";
import { connect, createServer, type Server } from "node:net";
import { parseEndpoint } from "@postern/core/resource/endpoint";

/** Settles when it listens. */
export async function relay(from: string, to: string): Promise<Server> {
  const [source, target] = [parseEndpoint(from), parseEndpoint(to)];
  if (source === undefined || target === undefined) throw new Error("expected two addresses");
  const server = createServer((socket) => {
    const other = connect(target);
    for (const each of [socket, other]) each.on("error", () => undefined);
    socket.on("close", () => other.destroy()).pipe(other);
    other.on("close", () => socket.destroy()).pipe(socket);
  });
  await once(server.listen(source), "listening");
  return server;
}
