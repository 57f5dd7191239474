import { connect, type Socket } from "node:net";
import { type CancelRequest, encodeCancelRequest } from "@postern/wire/messages/frontend/cancel-request";

const patienceMs = 10_000;

/** Passes a cancel on. Clients were given PostgreSQL's own keys; they are not answered, but the close tells them that it was read. */
export function relayCancel(client: Socket, request: CancelRequest, serverSocket: string): void {
  const server = connect(serverSocket);
  server.setTimeout(patienceMs, () => server.destroy());
  server.on("error", () => server.destroy());
  server.once("close", () => client.destroySoon());
  server.resume();
  server.end(encodeCancelRequest(request));
}
