/** What one host says to another: a cancel that landed on the wrong one, a line of JSON, answered by a line. */
import { z } from "zod";
import type { CancelKey } from "../upstream/login-phase.ts";

/** The application protocol of these connections (ALPN, RFC 7301); clients speak `postgresql`. */
export const peerProtocol = "postern-peer";

/** The key's secret has 256 bytes at most (manual, "CancelRequest"). */
export const longestLine = 1024;

/** `client_addr` is where the client's own request came from: whoever guesses keys is known by it at every host. */
const ForwardedCancel = z
  .strictObject({
    process_id: z.int32(),
    secret_key: z.base64url().max(344),
    client_addr: z.string().min(1).max(100),
  })
  .transform(({ process_id, secret_key, client_addr }) => ({
    key: { processId: process_id, secretKey: Buffer.from(secret_key, "base64url") },
    address: client_addr,
  }));

export interface ForwardedCancel {
  readonly key: CancelKey;
  readonly address: string;
}

const Answer = z.strictObject({ found: z.boolean() });

export function encodeCancel({ key, address }: ForwardedCancel): string {
  const secret_key = Buffer.from(key.secretKey).toString("base64url");
  return `${JSON.stringify({ process_id: key.processId, secret_key, client_addr: address })}\n`;
}

/** @param line without its end. Undefined for anything else */
export function decodeCancel(line: string): ForwardedCancel | undefined {
  return ForwardedCancel.safeParse(parseJson(line)).data;
}

export function encodeAnswer(found: boolean): string {
  return `${JSON.stringify({ found })}\n`;
}

/** True where the other host has said that the key was one of its own. */
export function decodeAnswer(line: string): boolean {
  return Answer.safeParse(parseJson(line)).data?.found === true;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
