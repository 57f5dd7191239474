import { EMPTY } from "../bytes.ts";
import type { ErrorResponse } from "../messages/backend/error-response.ts";
import type { CancelRequest } from "../messages/frontend/cancel-request.ts";
import type { ProtocolVersion, StartupMessage } from "../messages/frontend/startup-message.ts";

/** Where the server's side of start-up stands. */
export type StartupPhase =
  | PlainPhase
  /** The stream belongs to TLS until `secured` comes. */
  | HandshakePhase
  | SecurePhase
  /** A start-up, a cancel or a close has been handed out: nothing may follow. */
  | { readonly type: "over" };

/** Nothing is encrypted; a packet is awaited. */
export type PlainPhase = {
  readonly type: "plain";
  readonly tls: TlsPolicy;
  /** The beginning of a packet whose rest has not come. */
  readonly unread: Uint8Array;
  /** Requests already declined: each may be made once. */
  readonly declined: readonly EncryptionRequest[];
};

export type HandshakePhase = { readonly type: "handshake"; readonly requireAlpn: boolean };

/** Inside TLS: StartupMessage or CancelRequest is awaited. */
export type SecurePhase = { readonly type: "secure"; readonly unread: Uint8Array };

/** `accepted` leaves plaintext sessions to the owner's judgement; `declined`: no TLS here, as on a local socket. */
export type TlsPolicy = "required" | "accepted" | "declined";

export type EncryptionRequest = "SSLRequest" | "GSSENCRequest";

export type StartupEvent =
  | { readonly type: "data"; readonly bytes: Uint8Array }
  /** The TLS handshake is done; `alpn` is the protocol that both sides chose. */
  | { readonly type: "secured"; readonly alpn: string | undefined };

/** What the shell is to do, in this order. */
export type StartupEffect =
  | { readonly type: "send"; readonly bytes: Uint8Array }
  /** Hand the stream to TLS; it reads `received` (of a direct ClientHello) first. Then report `secured`. */
  | { readonly type: "startTls"; readonly requireAlpn: boolean; readonly received: Uint8Array }
  | Startup
  | { readonly type: "cancel"; readonly request: CancelRequest; readonly secure: boolean }
  /** End the connection; first tell why, unless there is nobody who would understand. */
  | { readonly type: "close"; readonly error: ErrorResponse | undefined };

/** A client asks for a session; authentication is the shell's next step. */
export type Startup = {
  readonly type: "startup";
  readonly message: StartupMessage;
  /** What both sides will speak: at most what `message` asked for. Below 3.2 a cancel key has 4 bytes. */
  readonly version: ProtocolVersion;
  readonly user: string;
  /** As the packet names it, else the user's name: the manual's default. */
  readonly database: string;
  readonly secure: boolean;
  /** What came behind the packet, in the same encryption. */
  readonly unread: Uint8Array;
};

export type StartupStep = { readonly phase: StartupPhase; readonly effects: readonly StartupEffect[] };

/** Where every connection begins. */
export function opening(tls: TlsPolicy): StartupPhase {
  return { type: "plain", tls, unread: EMPTY, declined: [] };
}

export function close(error: ErrorResponse | undefined): StartupStep {
  return { phase: { type: "over" }, effects: [{ type: "close", error }] };
}
