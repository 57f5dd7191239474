/** The address of the control plane, as people type it. */
import { UsageError } from "./failure.ts";

const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * The origin: `localhost:3080` is http, any other host https. Throws UsageError for what is no server's address, and for
 * plain http to another machine. The text isn't quoted in the message: it may hold a secret.
 */
export function parseServerUrl(text: string): string {
  const url = tryUrl(text);
  if (!url || !["http:", "https:"].includes(url.protocol) || `${url.origin}/` !== url.href)
    throw new UsageError("--proxy: expected HOST:PORT");
  if (url.protocol === "http:" && !isLoopback(url.origin))
    throw new UsageError(`plain http is for this machine only; use https://${url.host}`);
  return url.origin;
}

export function isLoopback(origin: string): boolean {
  return loopback.has(new URL(origin).hostname);
}

function tryUrl(text: string): URL | undefined {
  if (/^[a-z]+:\/\//i.test(text)) return URL.canParse(text) ? new URL(text) : undefined;
  if (!URL.canParse(`https://${text}`)) return undefined;
  const { origin, href } = new URL(`https://${text}`);
  return new URL(isLoopback(origin) ? `http://${text}` : href);
}
