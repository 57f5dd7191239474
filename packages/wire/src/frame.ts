/** Start-up packets (StartupMessage, SSLRequest, GSSENCRequest, CancelRequest): PostgreSQL's own limit, in bytes. */
export const STARTUP_LIMIT = 10_000;

/** Authentication responses: passwords (IAM tokens among them) and SASL; value of the length field. */
export const AUTHENTICATION_LIMIT = 16 * 1024;

/** The greatest length field that any PostgreSQL sends: MaxAllocSize and the field itself. */
export const LENGTH_LIMIT = 0x3fff_ffff + 4;

/** The greatest length field that any PostgreSQL takes: PQ_LARGE_MESSAGE_LIMIT, one below MaxAllocSize. */
export const FRONTEND_LENGTH_LIMIT = 0x3fff_fffe;

/** What becomes of a frame whose tag and length are known and whose body need not have come yet. */
export type FrameRule =
  /** Give it whole; refuse it when its length field exceeds `limit`. */
  | { readonly type: "assemble"; readonly limit: number }
  /** Give it as it comes, by reference, never whole. */
  | { readonly type: "stream" }
  /** As `stream`, but each frame by itself: for who reads what passes. Refuse it when its length field exceeds `limit`. */
  | { readonly type: "parts"; readonly limit: number }
  /** The frame has no place in this phase. */
  | { readonly type: "refuse" };

/** What the framer is told by its owner's phase. */
export type FramePolicy =
  /** The packets before authentication: no tag, at most STARTUP_LIMIT, always assembled. */
  | { readonly kind: "startup" }
  | {
      readonly kind: "typed";
      /**
       * Asked for every frame, at times twice: it decides and must not count.
       * @param length the length field, at least 4
       */
      rule(tag: number, length: number): FrameRule;
    };

/** One whole start-up packet; `bytes` begin at its length field. */
export type StartupFrame = { readonly type: "startup"; readonly bytes: Uint8Array };

/** One whole message; `bytes` begin at its tag. */
export type MessageFrame = { readonly type: "message"; readonly tag: number; readonly bytes: Uint8Array };

/**
 * A piece of one streamed frame, or a run of streamed frames of one tag, as one view to forward.
 * It need not begin or end at a frame's edge.
 */
export type Span = {
  readonly type: "span";
  readonly tag: number;
  readonly bytes: Uint8Array;
  /** How many frames end in this span: the sum over spans counts each frame once. */
  readonly frames: number;
  /** The last frame goes on in the next span: nothing else may be sent in between. */
  readonly open: boolean;
};

/** A part of one frame, as it came: the bytes from `offset` on, of `total`; the first begins at the frame's tag. */
export type Part = {
  readonly type: "part";
  readonly tag: number;
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly total: number;
};

export type Piece = StartupFrame | MessageFrame | Span | Part;

/** The body of a whole frame: what follows tag and length. */
export function bodyOf(frame: StartupFrame | MessageFrame): Uint8Array {
  return frame.bytes.subarray(frame.type === "startup" ? 4 : 5);
}
