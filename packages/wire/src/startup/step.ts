import { concat, EMPTY } from "../bytes.ts";
import { ProtocolError } from "../errors.ts";
import { type CutPacket, cutPacket } from "./packet.ts";
import {
  close,
  type EncryptionRequest,
  type HandshakePhase,
  type PlainPhase,
  type SecurePhase,
  type StartupEvent,
  type StartupPhase,
  type StartupStep,
} from "./phase.ts";
import { REPEATED_REQUEST, refusalOf, TLS_REQUIRED, UNENCRYPTED_DATA } from "./refusal.ts";
import { openSession } from "./session.ts";

/** The first byte of a TLS record that holds a ClientHello. As a start-up packet's it would mean a length of 369 million. */
const TLS_HANDSHAKE = 0x16;
const ALPN = "postgresql";

/**
 * The server's side of start-up, until authentication (manual, "Start-Up", "SSL Session Encryption"). The shell reports what came, performs
 * the effects in their order, and keeps the phase.
 */
export function step(phase: StartupPhase, event: StartupEvent): StartupStep {
  if (phase.type === "over") throw new Error("start-up is over");
  if (phase.type === "handshake") {
    return event.type === "secured" ? enterTls(phase, event.alpn) : close(UNENCRYPTED_DATA);
  }
  if (event.type === "secured") throw new Error("no TLS handshake was asked for");
  try {
    return read(phase, concat(phase.unread, event.bytes));
  } catch (error) {
    if (error instanceof ProtocolError) return close(refusalOf(error));
    throw error;
  }
}

/** ALPN keeps clients of other protocols from being talked into this one; direct TLS has nothing else that does. */
function enterTls(phase: HandshakePhase, alpn: string | undefined): StartupStep {
  const agreed = alpn === ALPN || (alpn === undefined && !phase.requireAlpn);
  return agreed ? { phase: { type: "secure", unread: EMPTY }, effects: [] } : close(undefined);
}

function read(phase: PlainPhase | SecurePhase, bytes: Uint8Array): StartupStep {
  if (phase.type === "plain" && phase.declined.length === 0 && bytes[0] === TLS_HANDSHAKE) {
    return phase.tls === "declined" ? close(undefined) : startTls(bytes);
  }
  const cut = cutPacket(bytes);
  if (cut === undefined) return { phase: { ...phase, unread: bytes }, effects: [] };
  return take(phase, cut);
}

function take(phase: PlainPhase | SecurePhase, { packet, rest }: CutPacket): StartupStep {
  const secure = phase.type === "secure";
  switch (packet.type) {
    case "SSLRequest":
    case "GSSENCRequest":
      return phase.type === "plain" ? encryption(phase, packet.type, rest) : close(REPEATED_REQUEST);
    case "CancelRequest":
      return { phase: { type: "over" }, effects: [{ type: "cancel", request: packet, secure }] };
    default:
      if (phase.type === "plain" && phase.tls === "required") return close(TLS_REQUIRED);
      return openSession(packet, secure, rest);
  }
}

/** Each request once; and nothing may follow it before the answer, in either case. */
function encryption(phase: PlainPhase, request: EncryptionRequest, rest: Uint8Array): StartupStep {
  if (phase.declined.includes(request)) return close(REPEATED_REQUEST);
  if (rest.length > 0) return close(UNENCRYPTED_DATA);
  if (request === "SSLRequest" && phase.tls !== "declined") return acceptTls();
  // Not an error: clients that prefer encryption go on without it, on this connection.
  const declined = [...phase.declined, request];
  return { phase: { ...phase, unread: EMPTY, declined }, effects: [send("N")] };
}

function acceptTls(): StartupStep {
  const effects = [send("S"), { type: "startTls", requireAlpn: false, received: EMPTY }] as const;
  return { phase: { type: "handshake", requireAlpn: false }, effects };
}

function startTls(received: Uint8Array): StartupStep {
  const effects = [{ type: "startTls", requireAlpn: true, received }] as const;
  return { phase: { type: "handshake", requireAlpn: true }, effects };
}

function send(answer: "S" | "N") {
  return { type: "send", bytes: Uint8Array.of(answer.charCodeAt(0)) } as const;
}
