/** From an accepted connection to a client that asks for a session inside TLS, or for a cancel, or to nothing. */
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { encodeBackend } from "@postern/wire/messages/backend";
import type { CancelRequest } from "@postern/wire/messages/frontend/cancel-request";
import { opening, type Startup, type StartupEffect, type StartupEvent } from "@postern/wire/startup/phase";
import { step } from "@postern/wire/startup/step";
import { peerProtocol } from "../peer/message.ts";
import { Refusal } from "../refusal/refusal.ts";
import { readChunk } from "../stream/read-chunk.ts";
import { type CertificateVerdict, judgeCertificate } from "./certificate.ts";
import type { TlsTerminator } from "./tls.ts";

/** What the connection turned out to be for. */
export type Opening =
  | {
      readonly type: "session";
      readonly stream: Duplex;
      readonly startup: Startup;
      readonly certificate: CertificateVerdict;
    }
  | { readonly type: "cancel"; readonly stream: Duplex; readonly request: CancelRequest }
  /** It speaks as another host: whether it is one is still to be seen. */
  | { readonly type: "peer"; readonly stream: TLSSocket }
  /** Nothing: the client went, or was told why it can't go on. */
  | { readonly type: "closed"; readonly stream: Duplex };

/**
 * Drives wire's start-up over a socket.
 * @throws Refusal, or the signal's reason when the client is too slow; `onStream` has then named the stream that can
 *   still be written to
 */
export async function shakeHands(
  socket: Socket,
  tls: TlsTerminator,
  now: number,
  onStream: (stream: Duplex) => void,
  signal: AbortSignal,
): Promise<Opening> {
  let stream: Duplex = socket;
  let phase = opening("accepted");
  for (;;) {
    let event: StartupEvent | undefined = await nextData(stream, signal);
    while (event) {
      const taken = step(phase, event);
      phase = taken.phase;
      event = undefined;
      for (const effect of taken.effects) {
        const done = perform(effect, stream, now);
        if (done) return done;
        if (effect.type !== "startTls") continue;
        const secured = await tls.upgrade(socket, effect.received);
        if (secured === undefined) return { type: "closed", stream };
        stream = secured;
        onStream(stream);
        if (secured.alpnProtocol === peerProtocol) return { type: "peer", stream: secured };
        event = { type: "secured", alpn: secured.alpnProtocol || undefined };
      }
    }
    if (stream.destroyed || stream.readableEnded) return { type: "closed", stream };
  }
}

async function nextData(stream: Duplex, signal: AbortSignal): Promise<StartupEvent | undefined> {
  const bytes = await readChunk(stream, signal);
  return bytes && { type: "data", bytes };
}

/** What the effect makes of the connection, if that is settled with it. */
function perform(effect: StartupEffect, stream: Duplex, now: number): Opening | undefined {
  switch (effect.type) {
    case "send":
      stream.write(effect.bytes);
      return undefined;
    case "startTls":
      return undefined;
    case "startup":
      if (!(stream instanceof TLSSocket)) throw new Refusal({ type: "tls_required" });
      return { type: "session", stream, startup: effect, certificate: judgeCertificate(stream, now) };
    case "cancel":
      return { type: "cancel", stream, request: effect.request };
    case "close":
      if (effect.error) stream.write(encodeBackend(effect.error));
      return { type: "closed", stream };
  }
}
