import { z } from "zod";

/**
 * The origin of a control plane's API, from an address as people type it: `localhost:3080` is http, any other host https.
 * Undefined for what is no server's address, and for plain http to another machine.
 */
export function apiOrigin(text: string): string | undefined {
  const [, scheme, address = ""] = /^(?:(https?):\/\/)?([^/?#@\s\\]+)\/?$/i.exec(text) ?? [];
  if (!URL.canParse(`https://${address}`)) return undefined;
  const url = new URL(`https://${address}`);
  if (url.hostname === "" || url.origin === "null") return undefined;
  const protocol = scheme?.toLowerCase() ?? (isLoopback(url.hostname) ? "http" : "https");
  if (protocol === "http" && !isLoopback(url.hostname)) return undefined;
  return new URL(`${protocol}://${address}`).origin;
}

const loopback: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** @param hostname a URL's */
export function isLoopback(hostname: string): boolean {
  return loopback.has(hostname);
}

/** `HOST:PORT`, kept as written. */
export const ServerAddress = z
  .string()
  .refine((text) => apiOrigin(text) !== undefined, "expected HOST:PORT; plain http is for this machine only");
