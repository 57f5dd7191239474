/** The address of the control plane, as people type it. */
import * as ServerUrl from "@postern/core/config/server-url";
import { UsageError } from "./failure.ts";

/**
 * The origin: `localhost:3080` is http, any other host https. Throws UsageError for what is no server's address, and for
 * plain http to another machine. The text isn't quoted in the message: it may hold a secret.
 */
export function parseServerUrl(text: string): string {
  const origin = ServerUrl.apiOrigin(text);
  if (origin !== undefined) return origin;
  const secured = ServerUrl.apiOrigin(text.replace(/^http:/i, "https:"));
  if (secured !== undefined) throw new UsageError(`plain http is for this machine only; use ${secured}`);
  throw new UsageError("--proxy: expected HOST:PORT");
}

export function isLoopback(origin: string): boolean {
  return ServerUrl.isLoopback(new URL(origin).hostname);
}
