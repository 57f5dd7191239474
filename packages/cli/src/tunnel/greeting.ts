/** What a client of a local port wants, in the protocol's first packets (manual, "Start-Up"). */
import { once } from "node:events";
import type { Socket } from "node:net";
import { encodeBackend } from "@postern/wire/messages/backend";
import type { CancelRequest } from "@postern/wire/messages/frontend/cancel-request";
import { opening, type Startup, type StartupEffect, type StartupPhase } from "@postern/wire/startup/phase";
import { step } from "@postern/wire/startup/step";

export type Greeting =
  | Startup
  | { readonly type: "cancel"; readonly request: CancelRequest }
  /** It went, or doesn't speak the protocol. */
  | { readonly type: "nothing" };

/** Encryption is declined: it is for the way from here to the proxy. Throws the signal's reason where it is sooner. */
export async function greet(socket: Socket, signal: AbortSignal): Promise<Greeting> {
  let phase: StartupPhase = opening("declined");
  for (;;) {
    const bytes = await nextChunk(socket, signal);
    if (bytes === undefined) return { type: "nothing" };
    const taken = step(phase, { type: "data", bytes });
    phase = taken.phase;
    for (const effect of order(taken.effects)) {
      if (effect.type === "startup" || effect.type === "cancel") return effect;
      if (effect.type === "close") return refuse(socket, effect);
      if (effect.type === "send") socket.write(effect.bytes);
    }
  }
}

/** A start-up alone: what would be said about its version before it, the proxy says, as it gets the packet as it is. */
function order(effects: readonly StartupEffect[]): readonly StartupEffect[] {
  const startup = effects.find(({ type }) => type === "startup");
  return startup === undefined ? effects : [startup];
}

function refuse(socket: Socket, { error }: Extract<StartupEffect, { type: "close" }>): Greeting {
  if (error !== undefined) socket.write(encodeBackend(error));
  return { type: "nothing" };
}

/** Undefined at the end. Throws what the socket throws. */
async function nextChunk(socket: Socket, signal: AbortSignal): Promise<Uint8Array | undefined> {
  for (;;) {
    const chunk: unknown = socket.read();
    if (chunk instanceof Uint8Array) return chunk;
    if (socket.readableEnded || socket.destroyed) return undefined;
    await once(socket, "readable", { signal }); // also at the end
  }
}
