/** The address of the control plane, as people type it. */
import { UsageError } from "./failure.ts";

const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** `localhost:3080` is http; any other host is https. Plain http elsewhere is refused. */
export function parseServerUrl(text: string): string {
  const bare = !/^https?:\/\//.test(text);
  const url = tryUrl(bare ? `https://${text}` : text);
  if (!url || url.pathname !== "/" || url.search !== "" || url.username !== "") {
    throw new UsageError(`--proxy: expected HOST:PORT, not ${text}`);
  }
  if (bare && isLoopback(url.origin)) return parseServerUrl(`http://${text}`);
  if (url.protocol === "http:" && !isLoopback(url.origin)) {
    throw new UsageError(`--proxy: plain http is for this machine only; use https://${url.host}`);
  }
  return url.origin;
}

export function isLoopback(origin: string): boolean {
  return loopback.has(new URL(origin).hostname);
}

function tryUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
