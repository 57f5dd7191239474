/** A client's connection until it is known what the client wants: the shell around `step`, which knows the protocol. */
import type { Socket } from "node:net";
import type { TLSSocket, Server as TlsServer } from "node:tls";
import { type ErrorResponse, encodeErrorResponse } from "@postern/wire/messages/backend/error-response";
import type { CancelRequest } from "@postern/wire/messages/frontend/cancel-request";
import { opening, type Startup, type StartupEffect, type StartupStep } from "@postern/wire/startup/phase";
import { step } from "@postern/wire/startup/step";

export interface ConnectionHandler {
  /** End the TLS of connections that asked for it, and of those that began with it. */
  readonly tls: { readonly negotiated: TlsServer; readonly direct: TlsServer };
  /** For the request for TLS, and again for the start-up message inside it. */
  readonly patienceMs: number;
  openSession(client: Socket, startup: Startup): void;
  cancel(client: Socket, request: CancelRequest): void;
}

/** For a client that was told why, to close its side. */
const farewellMs = 2_000;

/** A new connection, nothing encrypted yet. */
export function acceptPlain(client: Socket, handler: ConnectionHandler): void {
  converse(client, { phase: opening("accepted"), effects: [] }, handler);
}

/** A connection whose TLS handshake is done; `requireAlpn` where it began without asking. */
export function acceptSecured(client: TLSSocket, requireAlpn: boolean, handler: ConnectionHandler): void {
  const alpn = client.alpnProtocol || undefined;
  converse(client, step({ type: "handshake", requireAlpn }, { type: "secured", alpn }), handler);
}

function converse(client: Socket, first: StartupStep, handler: ConnectionHandler): void {
  const deadline = setTimeout(() => client.destroy(), handler.patienceMs);
  client.on("error", () => client.destroy());
  client.once("close", () => clearTimeout(deadline));
  const proceed = ({ phase, effects }: StartupStep): void => {
    const more = phase.type === "plain" || phase.type === "secure";
    if (!more) clearTimeout(deadline);
    for (const effect of effects) perform(client, effect, handler);
    if (!more) return;
    // Paused between chunks, so that what comes later is left to whoever reads the stream then.
    client.once("data", (bytes) => {
      client.pause();
      proceed(step(phase, { type: "data", bytes }));
    });
    client.resume();
  };
  proceed(first);
}

function perform(client: Socket, effect: StartupEffect, handler: ConnectionHandler): void {
  switch (effect.type) {
    case "send":
      client.write(effect.bytes);
      break;
    case "startTls":
      if (effect.received.length > 0) client.unshift(effect.received);
      handler.tls[effect.requireAlpn ? "direct" : "negotiated"].emit("connection", client);
      break;
    case "startup":
      handler.openSession(client, effect);
      break;
    case "cancel":
      handler.cancel(client, effect.request);
      break;
    case "close":
      if (effect.error === undefined) client.destroy();
      else endWith(client, effect.error);
  }
}

/** Says why and closes; leaves the client a moment to read it, because a reset would overtake the words. */
export function endWith(client: Socket, error: ErrorResponse): void {
  client.end(encodeErrorResponse(error));
  client.resume();
  setTimeout(() => client.destroy(), farewellMs).unref();
}
