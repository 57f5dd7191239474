/** The authorities that sign proxies' certificates, pinned at login. */
import { createHash, X509Certificate } from "node:crypto";
import { Fault } from "@postern/core/fault";
import { note } from "../output/write.ts";
import { isLoopback } from "../server-url.ts";
import { serverFile } from "./profile.ts";

/** SHA-256 of the certificate's DER, in hex. */
export function fingerprint(pem: string): string {
  return createHash("sha256").update(new X509Certificate(pem).raw).digest("hex");
}

/**
 * A rotation is announced: the new list still holds an authority that we know. Throws Fault `auth.invalid` for a wholly
 * new one, except on this machine, where `npm start -- --fresh` makes one and nobody else can answer.
 */
export function checkAuthorities(url: string, pinned: readonly string[], offered: readonly string[]): void {
  const known = new Set(pinned.map(fingerprint));
  if (known.size === 0 || offered.some((pem) => known.has(fingerprint(pem)))) return;
  if (isLoopback(url)) return note("the server on this machine has a new certificate authority");
  throw new Fault("auth.invalid", `${url} has another certificate authority than at the last login`, {
    hint: `only if your admin confirms the change: rm '${serverFile(url)}', and log in again`,
  });
}
