import { bodyOf } from "../frame.ts";
import { Framer } from "../framer.ts";
import { decodeStartupPacket, type StartupPacket } from "../messages/frontend/startup-packet.ts";

/** One packet and what follows it. */
export type CutPacket = { readonly packet: StartupPacket; readonly rest: Uint8Array };

/** The packet that `bytes` begin with, or undefined while it is not whole. @throws ProtocolError */
export function cutPacket(bytes: Uint8Array): CutPacket | undefined {
  const framer = new Framer({ kind: "startup" });
  framer.push(bytes);
  const frame = framer.next();
  if (frame?.type !== "startup") return undefined;
  return { packet: decodeStartupPacket(bodyOf(frame)), rest: framer.takeRest() };
}
